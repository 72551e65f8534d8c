import type { OpenNotes, Retrieval, ShardRange, Span, TargetRow } from '../../activities/ports.ts';
import type { CodeSet } from '../../domain/code-set.ts';
import type { FailureType } from '../../domain/failure.ts';
import type { CodeSystem, CodeType } from '../../domain/icd.ts';
import { noteId, type NoteRef, type TargetRef } from '../../domain/ids.ts';
import type { Tier } from '../../domain/tiers.ts';
import { UnknownRecord } from './failure.ts';
import { type Db, putSpan, ROWS_PER_INSERT, slices, targetId } from './records.ts';
import type { TargetTableRow } from './schema.ts';

/** Ranges of about `size` codes that still have open notes, in plan order, and how many notes are open; nothing of a cancelled campaign. */
export async function openWork(
  db: Db,
  campaign: string,
  size: number,
): Promise<{ readonly shards: ShardRange[]; readonly notes: number }> {
  if ((await control(db, campaign)) === 'cancelled') return { shards: [], notes: 0 };
  const open = await db
    .selectFrom('notes')
    .select((eb) => ['position', eb.fn.countAll<number>().as('notes')])
    .where('campaign', '=', campaign)
    .where('state', '=', 'pending')
    .groupBy('position')
    .orderBy('position')
    .execute();
  const shards = [...slices(open, size)].map((codes) => ({ from: codes[0]!.position, to: codes.at(-1)!.position }));
  return { shards, notes: open.reduce((sum, { notes }) => sum + notes, 0) };
}

/** Codes of a range that still have open notes; one row for each round that open notes belong to. */
export async function openTargets(db: Db, campaign: string, range: ShardRange): Promise<TargetRow[]> {
  const open = await db
    .selectFrom('notes')
    .select(['position', 'round'])
    .distinct()
    .where('campaign', '=', campaign)
    .where('state', '=', 'pending')
    .where('position', '>=', range.from)
    .where('position', '<=', range.to)
    .orderBy('position')
    .orderBy('round')
    .execute();
  const targets = await db
    .selectFrom('targets')
    .selectAll()
    .where('campaign', '=', campaign)
    .where('position', '>=', range.from)
    .where('position', '<=', range.to)
    .execute();
  const at = new Map(targets.map((target) => [target.position, target]));
  return open.map(({ position, round }) => toTargetRow(at.get(position)!, round));
}

/** @throws UnknownRecord */
export async function target(db: Db, ref: TargetRef): Promise<TargetRow> {
  const id = targetId(ref.campaign, ref);
  const row = await db.selectFrom('targets').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('target code', id);
  return toTargetRow(row, ref.round);
}

/** First write of a round wins; returns what is stored. */
export async function saveRetrieval(db: Db, ref: TargetRef, retrieval: Retrieval, span: Span): Promise<Retrieval> {
  const { campaign, round } = await target(db, ref);
  await db
    .insertInto('retrievals')
    .values({ target_id: targetId(campaign, ref), round, campaign, json: JSON.stringify(retrieval) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await putSpan(db, ref, span);
  return (await storedRetrieval(db, ref))!;
}

/** The retrieval of this round, if there is one. */
export async function storedRetrieval(db: Db, ref: TargetRef): Promise<Retrieval | null> {
  const row = await db
    .selectFrom('retrievals')
    .select('json')
    .where('target_id', '=', targetId(ref.campaign, ref))
    .where('round', '=', ref.round)
    .executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.json) as Retrieval);
}

/**
 * First write wins for each note, over all rounds: a replay keeps the code sets.
 *
 * @returns the sets stored for the open notes of this round, by ordinal
 * @throws UnknownRecord for an ordinal that is not planned
 */
export async function saveCodeSets(db: Db, ref: TargetRef, sets: readonly CodeSet[], span: Span): Promise<CodeSet[]> {
  const { planned } = await target(db, ref);
  const id = targetId(ref.campaign, ref);
  const beyond = sets.find(({ ordinal }) => ordinal < 1 || ordinal > planned);
  if (beyond !== undefined) throw new UnknownRecord('note', `${id}/${beyond.ordinal}`);
  const values = sets.map((set) => ({
    note_id: noteId({ ...ref, ordinal: set.ordinal }),
    target_id: id,
    ordinal: set.ordinal,
    round: ref.round,
    json: JSON.stringify(set),
  }));
  for (const slice of slices(values, ROWS_PER_INSERT)) {
    await db
      .insertInto('code_sets')
      .values(slice)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  await putSpan(db, ref, span);
  const rows = await db
    .selectFrom('code_sets')
    .innerJoin('notes', 'notes.id', 'code_sets.note_id')
    .select('code_sets.json')
    .where('code_sets.target_id', '=', id)
    .where('notes.state', '=', 'pending')
    .where('notes.round', '=', ref.round)
    .orderBy('code_sets.ordinal')
    .execute();
  return rows.map(({ json }) => JSON.parse(json) as CodeSet);
}

export async function codeSet(db: Db, ref: NoteRef): Promise<CodeSet | null> {
  const row = await db.selectFrom('code_sets').select('json').where('note_id', '=', noteId(ref)).executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.json) as CodeSet);
}

/** Open notes of this round, with the attempts judged in it. */
export async function openNotes(db: Db, ref: TargetRef): Promise<OpenNotes> {
  const rows = await db
    .selectFrom('notes')
    .select(['ordinal', 'attempts'])
    .where('target_id', '=', targetId(ref.campaign, ref))
    .where('state', '=', 'pending')
    .where('round', '=', ref.round)
    .orderBy('ordinal')
    .execute();
  return { ordinals: rows.map(({ ordinal, attempts }) => ({ ordinal, attemptsJudged: attempts })) };
}

/** Ends one note as failed if it is open in this round. */
export async function failNote(db: Db, ref: NoteRef, type: FailureType, detail: string): Promise<void> {
  await db
    .updateTable('notes')
    .set({ state: 'failed', reason: type, detail, settled_at: Date.now() })
    .where('id', '=', noteId(ref))
    .where('state', '=', 'pending')
    .where('round', '=', ref.round)
    .execute();
}

/** Ends all notes of a code that are open in this round as failed. */
export async function failTarget(db: Db, ref: TargetRef, type: FailureType, detail: string): Promise<void> {
  await db
    .updateTable('notes')
    .set({ state: 'failed', reason: type, detail, settled_at: Date.now() })
    .where('target_id', '=', targetId(ref.campaign, ref))
    .where('state', '=', 'pending')
    .where('round', '=', ref.round)
    .execute();
}

/** @throws UnknownRecord */
export async function control(db: Db, campaign: string): Promise<'running' | 'paused' | 'cancelled'> {
  const row = await db.selectFrom('campaigns').select('control').where('id', '=', campaign).executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('campaign', campaign);
  return row.control;
}

/** Says what the campaign waits for, or that it waits no more. The same type again keeps the time since when it waits. */
export async function setWaiting(
  db: Db,
  campaign: string,
  waiting: { readonly type: FailureType; readonly detail: string } | null,
): Promise<void> {
  const row = await db.selectFrom('campaigns').select('waiting_type').where('id', '=', campaign).executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('campaign', campaign);
  if (waiting === null) {
    if (row.waiting_type !== null) await clearWaiting(db, campaign);
    return;
  }
  const since = row.waiting_type === waiting.type ? {} : { waiting_since: Date.now() };
  await db
    .updateTable('campaigns')
    .set({ waiting_type: waiting.type, waiting_detail: waiting.detail, ...since })
    .where('id', '=', campaign)
    .execute();
}

export async function clearWaiting(db: Db, campaign: string): Promise<void> {
  await db
    .updateTable('campaigns')
    .set({ waiting_type: null, waiting_detail: null, waiting_since: null })
    .where('id', '=', campaign)
    .execute();
}

/** Keeps the Temporal ids of a finished code. */
export async function archiveExecution(
  db: Db,
  ref: TargetRef,
  execution: { readonly workflowId: string; readonly runId: string },
  span: Span,
): Promise<void> {
  await db
    .insertInto('executions')
    .values({
      target_id: targetId(ref.campaign, ref),
      round: ref.round,
      workflow_id: execution.workflowId,
      run_id: execution.runId,
      archived_at: Date.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await putSpan(db, ref, span);
}

function toTargetRow(row: TargetTableRow, round: number): TargetRow {
  return {
    campaign: row.campaign,
    round,
    system: row.system as CodeSystem,
    type: row.type as CodeType,
    code: row.code,
    tier: row.tier as Tier,
    trainingCount: row.training_count,
    planned: row.planned,
  };
}
