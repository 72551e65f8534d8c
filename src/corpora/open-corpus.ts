import { ConfigError } from '../config.ts';
import type { CodeSystem } from '../domain/icd.ts';
import { parseCodiespNote } from './codiesp.ts';
import { type CorpusLine, LineProblem } from './corpus-note.ts';
import { parseNativeNote } from './jsonl.ts';
import { openLineFile } from './lines.ts';
import { readSplitFile } from './split-file.ts';

/** A file of labelled notes that can be read from its start any number of times, one reading at a time. */
export interface CorpusFile {
  readonly path: string;
  readonly bytes: number;
  bytesRead(): number;
  /** One item a line that is not blank, in bounded memory. A note whose id stands on a line before is a problem. */
  read(signal?: AbortSignal): AsyncGenerator<CorpusLine>;
}

export interface CorpusPlace {
  readonly path: string;
  readonly format: string;
  /** File of `id,split` or `subject,split`; null when the notes say it themselves. */
  readonly split: string | null;
}

/**
 * Opens a corpus by its format.
 *
 * @throws ConfigError when a file is missing, the split file is wrong, or the format does not go with the code system
 */
export async function openCorpus({ path, format, split }: CorpusPlace, system: CodeSystem): Promise<CorpusFile> {
  const parse = parserOf(format, system);
  const file = await openLineFile(path, 'corpus.path');
  const splitFile = split === null ? null : await readSplitFile(split);

  return {
    path,
    bytes: file.bytes,
    bytesRead: file.bytesRead,
    async *read(signal) {
      const firstLines = new Map<string, number>();
      for await (const entry of file.lines(signal)) {
        if ('problem' in entry) {
          yield entry;
          continue;
        }
        const { line } = entry;
        try {
          const { note, meta } = parse(entry.text);
          const before = firstLines.get(note.id);
          if (before !== undefined)
            throw new LineProblem(`the id of this note stands on line ${before} already; ids must be unique`);
          firstLines.set(note.id, line);
          yield { line, note: splitFile === null ? note : { ...note, split: splitFile.splitOf(note) }, meta };
        } catch (error) {
          if (!(error instanceof LineProblem)) throw error;
          yield { line, problem: error.message };
        }
      }
    },
  };
}

function parserOf(format: string, system: CodeSystem): (line: string) => ReturnType<typeof parseNativeNote> {
  switch (format) {
    case 'jsonl':
      return (line) => parseNativeNote(line, system);
    case 'codiesp':
      if (system !== 'icd10cm')
        throw new ConfigError('corpus.format codiesp is coded in ICD-10; set codeSystem: icd10cm');
      return parseCodiespNote;
    default:
      throw new ConfigError(
        `corpus.format ${format} is not available yet in this version; convert the notes to jsonl ({"id", "text", "codes", "subject", "split"} a line)`,
      );
  }
}
