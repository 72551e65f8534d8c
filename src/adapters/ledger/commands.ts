import type { ExpressionBuilder } from 'kysely';
import type { Code } from '../../domain/icd.ts';
import { clearWaiting, control as currentControl } from './campaign.ts';
import { type Db, targetId, toBillionths } from './records.ts';
import type { LedgerTables } from './schema.ts';

export interface ReplayFilter {
  readonly states: readonly ('failed' | 'rejected')[];
  /** Only this code. */
  readonly code?: Code;
  /** Only notes that ended for this reason: a failure type, a check, or `check/reason`. */
  readonly reason?: string;
}

export interface Replay {
  /** Round that the notes are written in; the current one when nothing matched. */
  readonly round: number;
  readonly notes: number;
  readonly codes: number;
}

/**
 * Says whether calls may start. `running` also ends the campaign's waiting: whoever says so wants it tried again.
 *
 * @throws UnknownRecord
 */
export async function setControl(db: Db, campaign: string, control: 'running' | 'paused' | 'cancelled'): Promise<void> {
  await currentControl(db, campaign);
  await db.updateTable('campaigns').set({ control }).where('id', '=', campaign).execute();
  if (control === 'running') await clearWaiting(db, campaign);
  const command = { running: 'resume', paused: 'pause', cancelled: 'cancel' }[control];
  await record(db, campaign, command, {});
}

/**
 * Sets the most that the campaign may spend; null is no limit. Spend so far counts. Setting what is set changes nothing.
 *
 * @param budget cost in the price's currency, tokens as prompt and reply together
 * @throws UnknownRecord
 */
export async function setBudget(
  db: Db,
  campaign: string,
  budget: { readonly cost: number | null; readonly tokens: number | null },
): Promise<void> {
  await currentControl(db, campaign);
  const cost = budget.cost === null ? null : toBillionths(budget.cost);
  const row = await db
    .selectFrom('campaigns')
    .select(['budget_cost', 'budget_tokens', 'waiting_type'])
    .where('id', '=', campaign)
    .executeTakeFirstOrThrow();
  if (row.budget_cost === cost && row.budget_tokens === budget.tokens) return;
  await db
    .updateTable('campaigns')
    .set({ budget_cost: cost, budget_tokens: budget.tokens })
    .where('id', '=', campaign)
    .execute();
  if (row.waiting_type === 'budget-reached') await clearWaiting(db, campaign);
  await record(db, campaign, 'budget', budget);
}

/**
 * What {@link openReplay} would open, without doing it.
 *
 * @throws UnknownRecord
 */
export async function previewReplay(db: Db, campaign: string, filter: ReplayFilter): Promise<Replay> {
  await currentControl(db, campaign);
  const { round } = await db
    .selectFrom('campaigns')
    .select('round')
    .where('id', '=', campaign)
    .executeTakeFirstOrThrow();
  const { notes, codes } = await db
    .selectFrom('notes')
    .select((eb) => [eb.fn.countAll<number>().as('notes'), eb.fn.count<number>('target_id').distinct().as('codes')])
    .where((eb) => matches(eb, campaign, filter))
    .executeTakeFirstOrThrow();
  return { round: notes === 0 ? round : round + 1, notes, codes };
}

/**
 * Opens a new round: notes that match become pending in it, with no attempt judged. Accepted and pending notes are never
 * touched, and code sets are kept.
 *
 * @throws UnknownRecord
 */
export async function openReplay(db: Db, campaign: string, filter: ReplayFilter): Promise<Replay> {
  const replay = await previewReplay(db, campaign, filter);
  if (replay.notes > 0) {
    await db
      .updateTable('notes')
      .set({ state: 'pending', round: replay.round, attempts: 0, reason: null, detail: null, settled_at: null })
      .where((eb) => matches(eb, campaign, filter))
      .execute();
    await db.updateTable('campaigns').set({ round: replay.round }).where('id', '=', campaign).execute();
  }
  await record(db, campaign, 'replay', { ...filter, ...replay });
  return replay;
}

function matches(eb: ExpressionBuilder<LedgerTables, 'notes'>, campaign: string, filter: ReplayFilter) {
  const { code, reason } = filter;
  const conditions = [eb('notes.campaign', '=', campaign), eb('notes.state', 'in', [...filter.states])];
  if (code !== undefined) conditions.push(eb('notes.target_id', '=', targetId(campaign, code)));
  if (reason !== undefined) {
    const [check = '', detail] = reason.split('/');
    let rejected = eb
      .selectFrom('rejections')
      .select('rejections.note_id')
      .whereRef('rejections.note_id', '=', 'notes.id')
      .whereRef('rejections.round', '=', 'notes.round')
      .whereRef('rejections.attempt', '=', 'notes.attempts')
      .where('rejections.check_name', '=', check);
    if (detail !== undefined) rejected = rejected.where('rejections.reason', '=', detail);
    conditions.push(eb.or([eb('notes.reason', '=', reason), eb.exists(rejected)]));
  }
  return eb.and(conditions);
}

async function record(db: Db, campaign: string, command: string, details: object): Promise<void> {
  const { number } = await db
    .selectFrom('commands')
    .select((eb) => eb.fn.max<number | null>('number').as('number'))
    .where('campaign', '=', campaign)
    .executeTakeFirstOrThrow();
  await db
    .insertInto('commands')
    .values({ campaign, number: (number ?? 0) + 1, command, arguments: JSON.stringify(details), at: Date.now() })
    .execute();
}
