import { createHash } from 'node:crypto';
import type {
  CorpusFacts,
  CorpusWriter,
  Embedder,
  SourceNote,
  SourceNoteInput,
  VectorIndex,
} from '../activities/ports.ts';
import { ConfigError } from '../config.ts';
import { type Code, codeKey, type CodeSystem, type CodeType } from '../domain/icd.ts';
import type { Terminology } from '../domain/terminology.ts';
import { embedNotes } from './embed-notes.ts';
import { type CorpusFile, type CorpusPlace, openCorpus } from './open-corpus.ts';
import { createPace, type Progress } from './progress.ts';

export interface IngestRequest {
  readonly corpus: CorpusPlace & Pick<CorpusFacts, 'id' | 'restricted'>;
  readonly codeSystem: CodeSystem;
  readonly terminologyOf: (system: CodeSystem, type: CodeType) => Terminology | null;
  readonly ledger: CorpusWriter;
  readonly index: VectorIndex;
  readonly embedder: Embedder;
  /** Keep the good lines and list the bad ones, instead of refusing the file. */
  readonly skipBad: boolean;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** A line that was left out, and why. */
export interface SkippedLine {
  readonly line: number;
  readonly problem: string;
}

export interface IngestReport {
  readonly corpus: string;
  /** Notes of the file, by split. */
  readonly notes: Readonly<Record<SourceNote['split'], number>> & { readonly total: number };
  readonly added: number;
  readonly changed: number;
  readonly same: number;
  /** Notes of an earlier version of the file, which the ledger keeps. */
  readonly kept: number;
  readonly skipped: readonly SkippedLine[];
  /** Distinct codes of the training notes. */
  readonly codes: number;
  /** Codes that no table describes, with the notes that carry them, most frequent first. They are kept as labels. */
  readonly unknownCodes: readonly { readonly code: Code; readonly count: number }[];
  /** Subjects with notes in more than one split: a leak between training and evaluation. */
  readonly subjectsInSeveralSplits: number;
  /** Training notes embedded now. */
  readonly embedded: number;
  /** Notes taken out of the index, because they are no training notes any more. */
  readonly removedFromIndex: number;
  readonly milliseconds: { readonly read: number; readonly store: number; readonly embed: number };
}

const NOTES_PER_BATCH = 200;
/** Characters of text held at most before a batch is stored. */
const CHARACTERS_PER_BATCH = 4_000_000;
/** Bad lines told when a file is refused. */
const PROBLEMS_TOLD = 20;

/**
 * Brings a corpus into the ledger and its training notes into the vector index. The whole file is checked before anything is
 * written; the same file again changes nothing; an interrupted ingest goes on where it was when it is called again.
 *
 * Validation and test notes go to the ledger only.
 *
 * @throws ConfigError listing the bad lines by number (never quoting them), or when no training note is left
 */
export async function ingest(request: IngestRequest): Promise<IngestReport> {
  const { corpus, codeSystem, ledger, index, signal } = request;
  const startedAt = Date.now();
  const file = await openCorpus(corpus, codeSystem);
  const survey = await surveyFile(request, file);
  refuseUnusable(request, survey);

  const readAt = Date.now();
  await ledger.putCorpus({
    id: corpus.id,
    path: corpus.path,
    format: corpus.format,
    restricted: corpus.restricted,
    codeSystem,
  });
  const stored = survey.fresh === 0 ? { added: 0, changed: 0 } : await storeFile(request, file, survey);
  const evicted = await ledger.indexedNonTraining(corpus.id);
  if (evicted.length > 0) {
    await index.remove(evicted);
    await ledger.markRemoved(corpus.id, evicted);
  }

  const storedAt = Date.now();
  signal?.throwIfAborted();
  const embedded = await embedNotes(request, { expected: survey.toEmbed, indexedIds: survey.indexedIds });
  const summary = await ledger.corpusSummary(corpus.id);
  const { train, validation, test } = survey.splits;
  const total = train + validation + test;
  return {
    corpus: corpus.id,
    notes: { total, train, validation, test },
    ...stored,
    same: total - stored.added - stored.changed,
    kept: summary.notes - total,
    skipped: survey.skipped,
    codes: summary.codes,
    unknownCodes: summary.unknownCodes,
    subjectsInSeveralSplits: survey.subjectsInSeveralSplits,
    embedded,
    removedFromIndex: evicted.length,
    milliseconds: { read: readAt - startedAt, store: storedAt - readAt, embed: Date.now() - storedAt },
  };
}

interface Survey {
  readonly splits: Record<SourceNote['split'], number>;
  readonly skipped: SkippedLine[];
  readonly subjectsInSeveralSplits: number;
  /** Notes that are new or changed. */
  readonly fresh: number;
  /** Training notes that are not in the index as they are now. */
  readonly toEmbed: number;
  /** Notes that the ledger believes to be in the index. */
  readonly indexedIds: readonly string[];
}

/** Reads the whole file and compares it with the ledger; writes nothing. */
async function surveyFile(request: IngestRequest, file: CorpusFile): Promise<Survey> {
  const { ledger, corpus, signal } = request;
  const splits = { train: 0, validation: 0, test: 0 };
  const skipped: SkippedLine[] = [];
  const subjects = new Map<string, SourceNote['split'] | 'several'>();
  const indexedIds: string[] = [];
  let fresh = 0;
  let toEmbed = 0;
  const pace = createPace('read', 'bytes', request.onProgress);

  for await (const batch of batchesOf(request, file, (line) => skipped.push(line))) {
    signal?.throwIfAborted();
    const states = await ledger.noteStates(
      corpus.id,
      batch.map((note) => note.id),
    );
    for (const note of batch) {
      splits[note.split] += 1;
      if (note.subject !== null) {
        const before = subjects.get(note.subject) ?? note.split;
        subjects.set(note.subject, before === note.split ? note.split : 'several');
      }
      const state = states.get(note.id);
      if (state?.hash !== note.hash) fresh += 1;
      if (state !== undefined && state.indexedHash !== null) indexedIds.push(note.id);
      if (note.split === 'train' && state?.indexedHash !== note.hash) toEmbed += 1;
    }
    pace.tell(file.bytesRead(), file.bytes);
  }
  pace.finish(file.bytes);
  const subjectsInSeveralSplits = [...subjects.values()].filter((split) => split === 'several').length;
  return { splits, skipped, subjectsInSeveralSplits, fresh, toEmbed, indexedIds };
}

function refuseUnusable({ corpus, skipBad }: IngestRequest, { skipped, splits }: Survey): void {
  if (skipped.length > 0 && !skipBad) {
    const told = skipped.slice(0, PROBLEMS_TOLD).map(({ line, problem }) => `${corpus.path}:${line}: ${problem}`);
    const more = skipped.length - told.length;
    const rest = more > 0 ? `; ${more} more lines are bad too` : '';
    throw new ConfigError([...told, `nothing was ingested${rest}; mend the lines, or leave them out with --skip-bad`]);
  }
  if (splits.train > 0) return;
  const others = splits.validation + splits.test;
  const what = others > 0 ? `holds no training note (${others} of other splits)` : 'holds no note';
  throw new ConfigError(`${corpus.path}: the corpus ${what}; a campaign needs real notes to start from`);
}

async function storeFile(request: IngestRequest, file: CorpusFile, survey: Survey) {
  const { ledger, corpus, signal, skipBad } = request;
  const total = survey.splits.train + survey.splits.validation + survey.splits.test;
  const pace = createPace('store', 'notes', request.onProgress);
  const stored = { added: 0, changed: 0 };
  let done = 0;
  const onBad = ({ line, problem }: SkippedLine): void => {
    if (!skipBad) throw new ConfigError(`${corpus.path}:${line}: the file changed while it was read: ${problem}`);
  };
  for await (const batch of batchesOf(request, file, onBad)) {
    signal?.throwIfAborted();
    const counts = await ledger.putSourceNotes(corpus.id, batch);
    stored.added += counts.added;
    stored.changed += counts.changed;
    done += batch.length;
    pace.tell(done, total);
  }
  pace.finish(done);
  return stored;
}

/** The file's notes in batches of bounded size, as the ledger takes them. */
async function* batchesOf(
  { codeSystem, terminologyOf, signal }: IngestRequest,
  file: CorpusFile,
  onBad: (line: SkippedLine) => void,
): AsyncGenerator<SourceNoteInput[]> {
  const known = new Map<string, boolean>();
  const isKnown = (code: Code): boolean => {
    const key = codeKey(code);
    let answer = known.get(key);
    if (answer === undefined) {
      answer = terminologyOf(codeSystem, code.type)?.resolve(code.code) !== undefined;
      known.set(key, answer);
    }
    return answer;
  };
  let batch: SourceNoteInput[] = [];
  let characters = 0;
  let ordinal = 0;
  for await (const entry of file.read(signal)) {
    if ('problem' in entry) {
      onBad(entry);
      continue;
    }
    const { note, meta = null } = entry;
    batch.push({
      ...note,
      meta,
      hash: hashOf(note, meta),
      ordinal,
      unknownCodes: note.codes.filter((code) => !isKnown(code)),
    });
    ordinal += 1;
    characters += note.text.length;
    if (batch.length < NOTES_PER_BATCH && characters < CHARACTERS_PER_BATCH) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}

function hashOf(note: SourceNote, meta: unknown): string {
  const parts = [note.text, note.codes.map(codeKey), note.subject, note.split, note.sex, note.age, meta];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
