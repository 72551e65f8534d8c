import type { CorpusFacts, SourceNote, SourceNoteInput, SourceNoteState } from '../../activities/ports.ts';
import { codeKey } from '../../domain/icd.ts';
import { notesById } from './corpus.ts';
import { type Db, ROWS_PER_INSERT, slices } from './records.ts';
import type { SourceCodeRow, SourceNoteRow } from './schema.ts';

/** Registers a corpus, or takes over its changed facts. */
export async function putCorpus(db: Db, corpus: CorpusFacts): Promise<void> {
  const row = {
    path: corpus.path,
    format: corpus.format,
    restricted: corpus.restricted ? 1 : 0,
    code_system: corpus.codeSystem,
  };
  await db
    .insertInto('corpora')
    .values({ id: corpus.id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

/** What the ledger holds of the given notes; ids that it does not hold are absent. */
export async function noteStates(
  db: Db,
  corpus: string,
  ids: readonly string[],
): Promise<Map<string, SourceNoteState>> {
  const states = new Map<string, SourceNoteState>();
  for (const slice of slices(ids, ROWS_PER_INSERT)) {
    const rows = await db
      .selectFrom('source_notes')
      .select(['id', 'hash', 'indexed_hash', 'indexed_model'])
      .where('corpus', '=', corpus)
      .where('id', 'in', slice)
      .execute();
    for (const row of rows) {
      states.set(row.id, { hash: row.hash, indexedHash: row.indexed_model === null ? null : row.indexed_hash });
    }
  }
  return states;
}

/**
 * Writes notes by id. A note whose hash is already stored is left as it is; a changed one is to be indexed again.
 *
 * @returns how many were new, changed, and the same
 */
export async function putSourceNotes(
  db: Db,
  corpus: string,
  notes: readonly SourceNoteInput[],
): Promise<{ readonly added: number; readonly changed: number; readonly same: number }> {
  const counts = { added: 0, changed: 0, same: 0 };
  for (const slice of slices(notes, ROWS_PER_INSERT)) {
    const stored = await storedVersions(db, corpus, slice);
    const fresh: SourceNoteInput[] = [];
    for (const note of slice) {
      const before = stored.get(note.id);
      if (before === undefined) {
        fresh.push(note);
      } else if (before.hash === note.hash) {
        counts.same += 1;
      } else {
        counts.changed += 1;
        // The index may hold the old version of a training note even where the ledger has no word of it: a crash between the two.
        const indexed = before.indexed_hash ?? (before.split === 'train' ? before.hash : null);
        await replace(db, corpus, note, indexed);
      }
    }
    if (fresh.length > 0) {
      const rows = fresh.map((note) => ({ ...noteRow(corpus, note), indexed_hash: null, indexed_model: null }));
      await db.insertInto('source_notes').values(rows).execute();
      await putCodes(db, corpus, fresh);
    }
    counts.added += fresh.length;
  }
  return counts;
}

/** Notes that the vector index now holds. A note that has changed meanwhile stays to be indexed. */
export async function markIndexed(
  db: Db,
  corpus: string,
  notes: readonly { readonly id: string; readonly hash: string; readonly model: string }[],
): Promise<void> {
  for (const { id, hash, model } of notes) {
    await db
      .updateTable('source_notes')
      .set({ indexed_hash: hash, indexed_model: model })
      .where('corpus', '=', corpus)
      .where('id', '=', id)
      .where('hash', '=', hash)
      .execute();
  }
}

/** Notes that the vector index holds no more. */
export async function markRemoved(db: Db, corpus: string, ids: readonly string[]): Promise<void> {
  for (const slice of slices(ids, ROWS_PER_INSERT)) {
    await db
      .updateTable('source_notes')
      .set({ indexed_hash: null, indexed_model: null })
      .where('corpus', '=', corpus)
      .where('id', 'in', slice)
      .execute();
  }
}

/** Training notes that the index does not hold as embedded by `model`, in the corpus's order, at most `limit`. */
export async function notesToIndex(
  db: Db,
  corpus: string,
  model: string,
  limit: number,
): Promise<(SourceNote & { readonly hash: string })[]> {
  const training = db
    .selectFrom('source_notes')
    .select('id')
    .where('corpus', '=', corpus)
    .where('split', '=', 'train')
    .orderBy('indexed_model')
    .orderBy('ordinal')
    .limit(limit);
  let rows = await training.where('indexed_model', 'is', null).execute();
  if (rows.length === 0) {
    rows = await training
      .where((eb) => eb.or([eb('indexed_model', '<', model), eb('indexed_model', '>', model)]))
      .execute();
  }
  return notesById(
    db,
    corpus,
    rows.map(({ id }) => id),
  );
}

/** Validation and test notes that the index may hold: they were training notes once. They must be removed from it. */
export async function indexedNonTraining(db: Db, corpus: string): Promise<string[]> {
  const rows = await db
    .selectFrom('source_notes')
    .select('id')
    .where('corpus', '=', corpus)
    .where('split', 'in', ['validation', 'test'])
    .where('indexed_hash', 'is not', null)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

async function storedVersions(db: Db, corpus: string, notes: readonly SourceNoteInput[]) {
  const rows = await db
    .selectFrom('source_notes')
    .select(['id', 'hash', 'indexed_hash', 'split'])
    .where('corpus', '=', corpus)
    .where(
      'id',
      'in',
      notes.map(({ id }) => id),
    )
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

async function replace(db: Db, corpus: string, note: SourceNoteInput, indexed: string | null): Promise<void> {
  const { id, corpus: _, ...values } = noteRow(corpus, note);
  await db
    .updateTable('source_notes')
    .set({ ...values, indexed_hash: indexed, indexed_model: null })
    .where('corpus', '=', corpus)
    .where('id', '=', id)
    .execute();
  await db.deleteFrom('source_codes').where('corpus', '=', corpus).where('note_id', '=', id).execute();
  await putCodes(db, corpus, [note]);
}

async function putCodes(db: Db, corpus: string, notes: readonly SourceNoteInput[]): Promise<void> {
  const rows: SourceCodeRow[] = notes.flatMap((note) => {
    const unknown = new Set(note.unknownCodes.map(codeKey));
    const training = note.split === 'train' ? 1 : 0;
    return note.codes.map((code, position) => ({
      corpus,
      note_id: note.id,
      position,
      system: code.system,
      type: code.type,
      code: code.code,
      training,
      known: unknown.has(codeKey(code)) ? 0 : 1,
    }));
  });
  for (const slice of slices(rows, ROWS_PER_INSERT)) await db.insertInto('source_codes').values(slice).execute();
}

function noteRow(corpus: string, note: SourceNoteInput): Omit<SourceNoteRow, 'indexed_hash' | 'indexed_model'> {
  return {
    corpus,
    id: note.id,
    ordinal: note.ordinal,
    subject: note.subject,
    split: note.split,
    sex: note.sex,
    age: note.age,
    hash: note.hash,
    words: note.text.match(/\S+/g)?.length ?? 0,
    meta: note.meta === undefined || note.meta === null ? null : JSON.stringify(note.meta),
    text: note.text,
  };
}
