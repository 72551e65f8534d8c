import type { CodeSet } from '../../domain/code-set.ts';
import type { CodeSystem, CodeType } from '../../domain/icd.ts';
import type { Tier } from '../../domain/tiers.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { UnknownRecord } from './failure.ts';
import type { AcceptedNote, NoteEntry, NoteFilter } from './read-model.ts';
import { type Db, targetId } from './records.ts';
import type { NoteRow, TargetTableRow } from './schema.ts';

/**
 * Planned notes in plan order, one page.
 *
 * @param after id of the last note of the page before; null for the first page
 * @throws UnknownRecord when `after` is not a note of the ledger
 */
export async function noteEntries(
  db: Db,
  campaign: string,
  filter: NoteFilter,
  after: string | null,
  limit: number,
): Promise<NoteEntry[]> {
  let query = entries(db).orderBy('notes.position').orderBy('notes.ordinal').limit(limit);
  // A code's id holds the campaign's: with both conditions SQLite would take the wider index.
  if (filter.code !== undefined) query = query.where('notes.target_id', '=', targetId(campaign, filter.code));
  else query = query.where('notes.campaign', '=', campaign);
  if (filter.states !== undefined) query = query.where('notes.state', 'in', [...filter.states]);
  if (after !== null) {
    const last = await positionOf(db, after);
    query = query.where((eb) =>
      eb(eb.refTuple('notes.position', 'notes.ordinal'), '>', eb.tuple(last.position, last.ordinal)),
    );
  }
  return (await query.execute()).map(toEntry);
}

/**
 * One planned note as a listing shows it.
 *
 * @throws UnknownRecord
 */
export async function noteEntry(db: Db, id: string): Promise<NoteEntry> {
  const row = await entries(db).where('notes.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('note', id);
  return toEntry(row);
}

/** Accepted notes in plan order, one page, with everything that export writes. */
export async function acceptedPage(
  db: Db,
  campaign: string,
  after: string | null,
  limit: number,
): Promise<AcceptedNote[]> {
  let query = db
    .selectFrom('notes')
    .innerJoin('targets', 'targets.id', 'notes.target_id')
    .innerJoin('attempts', 'attempts.id', 'notes.accepted_attempt')
    .innerJoin('replies', 'replies.attempt_id', 'attempts.id')
    .innerJoin('calls', 'calls.id', 'replies.id')
    .innerJoin('texts', 'texts.hash', 'replies.text_hash')
    .innerJoin('code_sets', 'code_sets.note_id', 'notes.id')
    .select([
      'notes.id',
      'notes.ordinal',
      'notes.settled_at',
      'targets.system',
      'targets.type',
      'targets.code',
      'targets.tier',
      'attempts.round',
      'attempts.attempt',
      'attempts.verdict',
      'replies.id as reply_id',
      'replies.model',
      'calls.prompt_hash',
      'calls.prompt_version',
      'texts.text',
      'code_sets.json as code_set',
    ])
    .where('notes.campaign', '=', campaign)
    .where('notes.state', '=', 'accepted')
    .orderBy('notes.position')
    .orderBy('notes.ordinal')
    .limit(limit);
  if (after !== null) {
    const last = await positionOf(db, after);
    query = query.where((eb) =>
      eb(eb.refTuple('notes.position', 'notes.ordinal'), '>', eb.tuple(last.position, last.ordinal)),
    );
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.id,
    campaign,
    target: { system: row.system as CodeSystem, type: row.type as CodeType, code: row.code },
    tier: row.tier as Tier,
    ordinal: row.ordinal,
    codeSet: JSON.parse(row.code_set) as CodeSet,
    text: row.text,
    verdict: JSON.parse(row.verdict!) as Verdict,
    model: row.model,
    promptHash: row.prompt_hash,
    promptVersion: row.prompt_version,
    round: row.round,
    attempt: row.attempt,
    replyId: row.reply_id,
    acceptedAt: row.settled_at!,
  }));
}

/** The text of a prompt or a reply by its hash, if the ledger holds it. */
export async function text(db: Db, hash: string): Promise<string | null> {
  const row = await db.selectFrom('texts').select('text').where('hash', '=', hash).executeTakeFirst();
  return row?.text ?? null;
}

async function positionOf(db: Db, id: string): Promise<{ position: number; ordinal: number }> {
  const row = await db.selectFrom('notes').select(['position', 'ordinal']).where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('note', id);
  return row;
}

function entries(db: Db) {
  return db
    .selectFrom('notes')
    .innerJoin('targets', 'targets.id', 'notes.target_id')
    .select(['targets.system', 'targets.type', 'targets.code', 'targets.tier'])
    .selectAll('notes');
}

function toEntry(row: NoteRow & Pick<TargetTableRow, 'system' | 'type' | 'code' | 'tier'>): NoteEntry {
  return {
    id: row.id,
    target: { system: row.system as CodeSystem, type: row.type as CodeType, code: row.code },
    tier: row.tier as Tier,
    ordinal: row.ordinal,
    state: row.state,
    round: row.round,
    attempts: row.attempts,
    reason: row.reason,
    detail: row.detail,
    settledAt: row.settled_at,
  };
}
