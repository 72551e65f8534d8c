import type { CodeSet } from '../../domain/code-set.ts';
import { attemptEntries } from './audit.ts';
import { noteEntry, text } from './notes.ts';
import type { NoteDetail } from './read-model.ts';
import type { Db } from './records.ts';

/**
 * One planned note with its text, verdict, evidence and history.
 *
 * @param id as `pilot/icd10cm/dx/E75.21/3`
 * @throws UnknownRecord
 */
export async function note(db: Db, id: string): Promise<NoteDetail> {
  const entry = await noteEntry(db, id);
  const row = await db
    .selectFrom('notes')
    .leftJoin('code_sets', 'code_sets.note_id', 'notes.id')
    .select(['notes.campaign', 'notes.target_id', 'notes.accepted_attempt', 'code_sets.json'])
    .where('notes.id', '=', id)
    .executeTakeFirstOrThrow();
  const spans = await db
    .selectFrom('spans')
    .selectAll()
    .where('target_id', '=', row.target_id)
    .where('ordinal', '=', entry.ordinal)
    .orderBy('started_at')
    .execute();
  const history = await attemptEntries(db, row.target_id, spans, entry.ordinal);
  const shown =
    history.find((attempt) => attempt.id === row.accepted_attempt) ??
    history.findLast((attempt) => attempt.verdict !== null);
  return {
    ...entry,
    campaign: row.campaign,
    codeSet: row.json === null ? null : (JSON.parse(row.json) as CodeSet),
    text: shown?.reply == null ? null : await text(db, shown.reply.textHash),
    verdict: shown?.verdict ?? null,
    history,
  };
}
