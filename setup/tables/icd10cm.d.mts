/** One row of the table: a chapter, a block or a code, with its own notes and the 7th characters it takes. */
export interface Row {
  code: string;
  kind: 'chapter' | 'block' | 'code';
  title: string;
  /** Row of the parent; -1 for a chapter. */
  parent: number;
  notes: Record<string, string[]>;
  extensions: { character: string; text: string; terms: string[] }[];
}

/** Reads CDC's tabular XML, with the release's valid codes (no dots, one a line). */
export function readIcd10cm(tabularXml: string, codeList: string): Row[];
