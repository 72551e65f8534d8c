/** Changes whenever the tables' form or content does. */
export const TABLES_VERSION: string;

/** Writes one table a code system into `outDir` from the packages unpacked under `partsDir`; answers the files written. */
export function buildTables(options: {
  partsDir: string;
  outDir: string;
  log?: (line: string) => void;
}): Promise<string[]>;
