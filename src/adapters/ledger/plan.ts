import type { Plan, PlanResult } from '../../activities/ports.ts';
import type { CodeSystem, CodeType } from '../../domain/icd.ts';
import type { UnplannedReason, UnplannedTarget } from '../../domain/plan.ts';
import type { Revision } from '../../domain/revision.ts';
import { UnknownRecord } from './failure.ts';
import { type Db, ROWS_PER_INSERT, sha256, slices, targetId } from './records.ts';
import type { NoteRow, TargetTableRow } from './schema.ts';

/**
 * Freezes a plan: the campaign, its revision by hash, its targets in plan order, and each planned note as pending.
 * The same revision again changes nothing; another one is not written.
 */
export async function savePlan(db: Db, { revision, targets, unplanned }: Plan): Promise<PlanResult> {
  const campaign = revision.campaign;
  const revisionJson = canonicalJson(revision);
  const hash = sha256(revisionJson);
  const created = await db
    .insertInto('campaigns')
    .values({
      id: campaign,
      corpus: revision.corpus.id,
      revision: revision.revision,
      revision_json: revisionJson,
      revision_hash: hash,
      created_at: Date.now(),
      control: 'running',
      round: 0,
      spent_cost: 0,
      spent_input_tokens: 0,
      spent_output_tokens: 0,
      reserved_cost: 0,
      reserved_tokens: 0,
      calls: 0,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  if (created.numInsertedOrUpdatedRows === 0n) {
    const stored = await db
      .selectFrom('campaigns')
      .select(['revision_json', 'revision_hash'])
      .where('id', '=', campaign)
      .executeTakeFirstOrThrow();
    if (stored.revision_hash === hash) return { outcome: 'same' };
    return { outcome: 'differs', stored: JSON.parse(stored.revision_json) as Revision };
  }
  const rows: TargetTableRow[] = targets.map(({ code, tier, trainingCount, notes }, position) => ({
    id: targetId(campaign, code),
    campaign,
    position,
    system: code.system,
    type: code.type,
    code: code.code,
    tier,
    training_count: trainingCount,
    planned: notes,
  }));
  for (const slice of slices(rows, ROWS_PER_INSERT)) await db.insertInto('targets').values(slice).execute();
  for (const slice of slices(rows.flatMap(pendingNotes), ROWS_PER_INSERT)) {
    await db.insertInto('notes').values(slice).execute();
  }
  const left = unplanned.map(({ code, reason, trainingCount }) => ({
    campaign,
    ...code,
    reason,
    training_count: trainingCount,
  }));
  for (const slice of slices(left, ROWS_PER_INSERT)) await db.insertInto('unplanned').values(slice).execute();
  return { outcome: 'saved' };
}

/**
 * The frozen revision of a campaign.
 *
 * @throws UnknownRecord
 */
export async function revision(db: Db, campaign: string): Promise<Revision> {
  const row = await db.selectFrom('campaigns').select('revision_json').where('id', '=', campaign).executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('campaign', campaign);
  return JSON.parse(row.revision_json) as Revision;
}

/** Codes that were asked for and got no notes, with the reason. */
export async function unplanned(db: Db, campaign: string): Promise<UnplannedTarget[]> {
  const rows = await db
    .selectFrom('unplanned')
    .selectAll()
    .where('campaign', '=', campaign)
    .orderBy('system')
    .orderBy('type')
    .orderBy('code')
    .execute();
  return rows.map(({ system, type, code, reason, training_count: trainingCount }) => ({
    code: { system: system as CodeSystem, type: type as CodeType, code },
    reason: reason as UnplannedReason,
    trainingCount,
  }));
}

function pendingNotes({ id, campaign, position, planned }: TargetTableRow): NoteRow[] {
  return Array.from({ length: planned }, (_, index) => ({
    id: `${id}/${index + 1}`,
    campaign,
    target_id: id,
    position,
    ordinal: index + 1,
    state: 'pending',
    round: 0,
    attempts: 0,
    reason: null,
    detail: null,
    accepted_attempt: null,
    settled_at: null,
  }));
}

/** JSON with sorted keys, so that equal revisions have equal hashes whatever order they were built in. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
