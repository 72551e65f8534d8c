import type { SourceNote } from '../activities/ports.ts';
import { ConfigError } from '../config.ts';
import { LineProblem, parseJsonObject, readId, readSplit } from './corpus-note.ts';
import { openLineFile } from './lines.ts';

/** Which split each note, or each subject, belongs to; it overrides what the corpus says. */
export interface SplitFile {
  /** @throws LineProblem for a note that the file does not name: guessing could put a test note into training */
  splitOf(note: Pick<SourceNote, 'id' | 'subject'>): SourceNote['split'];
}

/**
 * Reads `id,split` or `subject,split`: CSV with that header, or JSONL with those fields.
 *
 * @throws ConfigError with file and line
 */
export async function readSplitFile(path: string): Promise<SplitFile> {
  const splits = new Map<string, SourceNote['split']>();
  let columns: readonly string[] | null = null;
  let by: 'id' | 'subject' = 'id';
  const file = await openLineFile(path, 'corpus.split');
  for await (const entry of file.lines()) {
    try {
      if ('problem' in entry) throw new LineProblem(entry.problem);
      const isJson = entry.text.startsWith('{');
      if (!isJson && columns === null) {
        columns = cells(entry.text);
        by = keyOf(columns);
        continue;
      }
      const fields: Record<string, unknown> = isJson
        ? parseJsonObject(entry.text)
        : row(columns ?? [], cells(entry.text));
      if (splits.size === 0) by = keyOf(Object.keys(fields));
      const key = readId(fields[by], by);
      const split = readSplit(fields['split']);
      if ((splits.get(key) ?? split) !== split)
        throw new LineProblem(`this ${by} was given another split on a line before`);
      splits.set(key, split);
    } catch (error) {
      if (error instanceof LineProblem) throw new ConfigError(`${path}:${entry.line}: ${error.message}`);
      throw error;
    }
  }
  if (splits.size === 0) throw new ConfigError(`${path}: the split file names no ${by}`);
  return {
    splitOf(note) {
      const key = note[by];
      if (key === null) throw new LineProblem('the note has no subject, and the split file goes by subject');
      const split = splits.get(key);
      if (split === undefined) throw new LineProblem(`the split file does not name this note's ${by}; add it there`);
      return split;
    },
  };
}

function keyOf(columns: readonly string[]): 'id' | 'subject' {
  if (columns.includes('split')) {
    if (columns.includes('id')) return 'id';
    if (columns.includes('subject')) return 'subject';
  }
  throw new LineProblem('expected the columns id,split or subject,split');
}

function cells(line: string): string[] {
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

function row(columns: readonly string[], values: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(columns.map((column, index) => [column, values[index]]));
}
