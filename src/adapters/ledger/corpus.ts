import { createHash } from 'node:crypto';
import type { CorpusSummary, SourceNote } from '../../activities/ports.ts';
import { type Code, type CodeKey, type CodeSystem, type CodeType, codeKey } from '../../domain/icd.ts';
import { UnknownRecord } from './failure.ts';
import { type Db, ROWS_PER_INSERT, slices } from './records.ts';

/**
 * Counts of a corpus, and a hash over its notes' ids and hashes, that changes whenever any note does.
 *
 * @throws UnknownRecord
 */
export async function corpusSummary(db: Db, corpus: string): Promise<CorpusSummary> {
  const facts = await db.selectFrom('corpora').selectAll().where('id', '=', corpus).executeTakeFirst();
  if (facts === undefined) throw new UnknownRecord('corpus', corpus);
  const splits = await db
    .selectFrom('source_notes')
    .select((eb) => ['split', eb.fn.countAll<number>().as('notes')])
    .where('corpus', '=', corpus)
    .groupBy('split')
    .execute();
  const unknown = await db
    .selectFrom('source_codes')
    .select((eb) => ['system', 'type', 'code', eb.fn.count<number>('note_id').distinct().as('count')])
    .where('corpus', '=', corpus)
    .where('known', '=', 0)
    .groupBy(['system', 'type', 'code'])
    .orderBy('count', 'desc')
    .orderBy('system')
    .orderBy('type')
    .orderBy('code')
    .execute();
  const notesOf = (split: string) => splits.find((row) => row.split === split)?.notes ?? 0;
  return {
    id: facts.id,
    path: facts.path,
    format: facts.format,
    restricted: facts.restricted === 1,
    codeSystem: facts.code_system as CodeSystem,
    notes: splits.reduce((sum, { notes }) => sum + notes, 0),
    training: notesOf('train'),
    validation: notesOf('validation'),
    test: notesOf('test'),
    codes: (await trainingCounts(db, corpus)).size,
    hash: await corpusHash(db, corpus),
    unknownCodes: unknown.map((row) => ({ code: toCode(row), count: row.count })),
  };
}

/** How many training notes carry each code (all codes, or the given ones); codes that none carries are absent. */
export async function trainingCounts(db: Db, corpus: string, codes?: readonly Code[]): Promise<Map<CodeKey, number>> {
  const counts = new Map<CodeKey, number>();
  const query = db
    .selectFrom('source_codes')
    .select((eb) => ['system', 'type', 'code', eb.fn.count<number>('note_id').distinct().as('count')])
    .where('corpus', '=', corpus)
    .where('training', '=', 1)
    .groupBy(['system', 'type', 'code']);
  const add = (rows: readonly { system: string; type: string; code: string; count: number }[]) => {
    for (const row of rows) counts.set(codeKey(toCode(row)), row.count);
  };
  if (codes === undefined) {
    add(await query.execute());
    return counts;
  }
  const kinds = Map.groupBy(codes, ({ system, type }) => `${system}/${type}`);
  for (const group of kinds.values()) {
    for (const slice of slices(group, ROWS_PER_INSERT)) {
      const { system, type } = slice[0]!;
      const names = slice.map(({ code }) => code);
      add(await query.where('system', '=', system).where('type', '=', type).where('code', 'in', names).execute());
    }
  }
  return counts;
}

/** Ids of training notes that carry `code`, by id, at most `limit`. */
export async function notesWithCode(db: Db, corpus: string, code: Code, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('source_codes')
    .select('note_id')
    .distinct()
    .where('corpus', '=', corpus)
    .where('training', '=', 1)
    .where('system', '=', code.system)
    .where('type', '=', code.type)
    .where('code', '=', code.code)
    .orderBy('note_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.note_id);
}

/**
 * Training notes by id, in the order asked for.
 *
 * @throws UnknownRecord for an id that is no training note of the corpus
 */
export async function sourceNotes(db: Db, corpus: string, ids: readonly string[]): Promise<SourceNote[]> {
  const notes = await notesById(db, corpus, ids);
  return notes.map(({ id, text, codes, subject, split, sex, age }) => {
    if (split !== 'train') throw new UnknownRecord('source note', `${id} among the training notes`);
    return { id, text, codes, subject, split, sex, age };
  });
}

/** Words of each training note, ascending: what a length profile is made of. */
export async function wordCounts(db: Db, corpus: string): Promise<number[]> {
  const rows = await db
    .selectFrom('source_notes')
    .select('words')
    .where('corpus', '=', corpus)
    .where('split', '=', 'train')
    .orderBy('words')
    .execute();
  return rows.map(({ words }) => words);
}

/**
 * Notes of any split by id, in the order asked for.
 *
 * @throws UnknownRecord
 */
export async function notesById(
  db: Db,
  corpus: string,
  ids: readonly string[],
): Promise<(SourceNote & { readonly hash: string })[]> {
  const found = new Map<string, SourceNote & { readonly hash: string }>();
  for (const slice of slices([...new Set(ids)], ROWS_PER_INSERT)) {
    const notes = db.selectFrom('source_notes').where('corpus', '=', corpus).where('id', 'in', slice);
    const rows = await notes.select(['id', 'text', 'subject', 'split', 'sex', 'age', 'hash']).execute();
    const codes = await db
      .selectFrom('source_codes')
      .select(['note_id', 'system', 'type', 'code'])
      .where('corpus', '=', corpus)
      .where('note_id', 'in', slice)
      .orderBy('note_id')
      .orderBy('position')
      .execute();
    const codesOf = Map.groupBy(codes, (row) => row.note_id);
    for (const row of rows) found.set(row.id, { ...row, codes: (codesOf.get(row.id) ?? []).map(toCode) });
  }
  return ids.map((id) => {
    const note = found.get(id);
    if (note === undefined) throw new UnknownRecord('source note', id);
    return note;
  });
}

async function corpusHash(db: Db, corpus: string): Promise<string> {
  const hash = createHash('sha256');
  let after = '';
  for (;;) {
    const rows = await db
      .selectFrom('source_notes')
      .select(['id', 'hash'])
      .where('corpus', '=', corpus)
      .where('id', '>', after)
      .orderBy('id')
      .limit(10_000)
      .execute();
    for (const row of rows) hash.update(`${row.id}\0${row.hash}\n`);
    const last = rows.at(-1);
    if (last === undefined) return hash.digest('hex');
    after = last.id;
  }
}

function toCode(row: { readonly system: string; readonly type: string; readonly code: string }): Code {
  return { system: row.system as CodeSystem, type: row.type as CodeType, code: row.code };
}
