import type { CodeSet } from '../../domain/code-set.ts';
import { attemptEntries } from './audit.ts';
import { UnknownRecord } from './failure.ts';
import { noteEntries, text } from './notes.ts';
import type { NoteDetail } from './read-model.ts';
import type { Db } from './records.ts';

/**
 * One planned note with its text, verdict, evidence and history.
 *
 * @param id as `pilot/icd10cm/dx/E75.21/3`
 * @throws UnknownRecord
 */
export async function note(db: Db, id: string): Promise<NoteDetail> {
  const row = await db
    .selectFrom('notes')
    .innerJoin('targets', 'targets.id', 'notes.target_id')
    .leftJoin('code_sets', 'code_sets.note_id', 'notes.id')
    .select(['notes.campaign', 'notes.target_id', 'notes.ordinal', 'notes.accepted_attempt', 'code_sets.json'])
    .select(['targets.system', 'targets.type', 'targets.code', 'targets.planned'])
    .where('notes.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('note', id);
  const code = { system: row.system, type: row.type, code: row.code } as NoteDetail['target'];
  const siblings = await noteEntries(db, row.campaign, { code }, null, row.planned);
  const entry = siblings.find((sibling) => sibling.id === id)!;
  const spans = await db
    .selectFrom('spans')
    .selectAll()
    .where('target_id', '=', row.target_id)
    .where('ordinal', '=', row.ordinal)
    .orderBy('started_at')
    .execute();
  const history = await attemptEntries(db, row.target_id, spans, row.ordinal);
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
