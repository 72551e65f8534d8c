import type { CampaignStatus } from '../../domain/status.ts';
import type { Tier } from '../../domain/tiers.ts';
import { UnknownRecord } from './failure.ts';
import type { CampaignEntry, LedgerStatus, RejectionCount } from './read-model.ts';
import { type Db, fromBillionths } from './records.ts';
import type { CampaignRow } from './schema.ts';

/** How far back the rate of an ETA is taken from. */
const RATE_WINDOW_MS = 10 * 60_000;

/**
 * What `zebra status --json` says.
 *
 * @throws UnknownRecord
 */
export async function status(db: Db, campaign: string): Promise<LedgerStatus> {
  const row = await db.selectFrom('campaigns').selectAll().where('id', '=', campaign).executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('campaign', campaign);
  const { value: ledgerId } = await db
    .selectFrom('meta')
    .select('value')
    .where('key', '=', 'ledger-id')
    .executeTakeFirstOrThrow();
  const tiers = await tierCounts(db, campaign);
  const sum = (key: keyof Omit<TierCounts, 'tier'>) => tiers.reduce((total, tier) => total + tier[key], 0);
  const notes = {
    planned: sum('planned'),
    accepted: sum('accepted'),
    rejected: sum('rejected'),
    failed: sum('failed'),
    pending: sum('pending'),
  };
  const state = await stateOf(db, row, notes);
  return {
    schemaVersion: 1,
    ledgerId,
    campaign,
    revision: row.revision,
    state,
    reason: state === 'waiting' ? [row.waiting_type, row.waiting_detail].filter(Boolean).join(': ') : null,
    codes: {
      total: sum('codes'),
      done: sum('doneCodes'),
      rejected: sum('codes') - sum('doneCodes') - sum('failedCodes') - sum('activeCodes') - sum('pendingCodes'),
      failed: sum('failedCodes'),
      active: sum('activeCodes'),
      pending: sum('pendingCodes'),
    },
    notes,
    llm: {
      calls: row.calls,
      inputTokens: row.spent_input_tokens,
      outputTokens: row.spent_output_tokens,
      cost: fromBillionths(row.spent_cost),
    },
    budget: {
      cost: row.budget_cost === null ? null : fromBillionths(row.budget_cost),
      tokens: row.budget_tokens,
      reservedCost: fromBillionths(row.reserved_cost),
      reservedTokens: row.reserved_tokens,
    },
    tiers: Object.fromEntries(tiers.map(({ tier, codes, planned, accepted }) => [tier, { codes, planned, accepted }])),
    eta: state === 'running' ? await etaOf(db, campaign, notes.pending) : null,
  };
}

/** Whether the campaign has been planned. */
export async function hasCampaign(db: Db, campaign: string): Promise<boolean> {
  const row = await db.selectFrom('campaigns').select('id').where('id', '=', campaign).executeTakeFirst();
  return row !== undefined;
}

/** All campaigns of the ledger, the newest first. */
export async function campaigns(db: Db): Promise<CampaignEntry[]> {
  const rows = await db.selectFrom('campaigns').selectAll().orderBy('created_at', 'desc').orderBy('id').execute();
  const entries: CampaignEntry[] = [];
  for (const row of rows) {
    const counts = await db
      .selectFrom('notes')
      .select((eb) => ['state', eb.fn.countAll<number>().as('notes')])
      .where('campaign', '=', row.id)
      .groupBy('state')
      .execute();
    const of = (state: string) => counts.find((count) => count.state === state)?.notes ?? 0;
    const notes = {
      planned: counts.reduce((sum, count) => sum + count.notes, 0),
      accepted: of('accepted'),
      rejected: of('rejected'),
      failed: of('failed'),
      pending: of('pending'),
    };
    entries.push({
      campaign: row.id,
      revision: row.revision,
      corpus: row.corpus,
      createdAt: row.created_at,
      state: await stateOf(db, row, notes),
      notes,
    });
  }
  return entries;
}

/** Rejections by check and reason, the most frequent first. */
export async function rejectionCounts(db: Db, campaign: string): Promise<RejectionCount[]> {
  const rows = await db
    .selectFrom('rejections')
    .leftJoin('notes', (join) =>
      join
        .onRef('notes.id', '=', 'rejections.note_id')
        .onRef('notes.round', '=', 'rejections.round')
        .onRef('notes.attempts', '=', 'rejections.attempt')
        .on('notes.state', '=', 'rejected'),
    )
    .select((eb) => [
      'rejections.check_name as check',
      'rejections.reason',
      eb.fn.countAll<number>().as('attempts'),
      eb.fn.count<number>('notes.id').as('notes'),
    ])
    .where('rejections.campaign', '=', campaign)
    .groupBy(['rejections.check_name', 'rejections.reason'])
    .execute();
  return rows.sort((left, right) => right.notes - left.notes || right.attempts - left.attempts);
}

/** Failed notes by failure type, the most frequent first. */
export async function failureCounts(
  db: Db,
  campaign: string,
): Promise<{ readonly type: string; readonly notes: number }[]> {
  const rows = await db
    .selectFrom('notes')
    .select((eb) => ['reason as type', eb.fn.countAll<number>().as('notes')])
    .where('campaign', '=', campaign)
    .where('state', '=', 'failed')
    .groupBy('reason')
    .orderBy('notes', 'desc')
    .execute();
  return rows.map(({ type, notes }) => ({ type: type ?? 'unknown', notes }));
}

interface TierCounts {
  readonly tier: Tier;
  readonly codes: number;
  readonly planned: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly failed: number;
  readonly pending: number;
  readonly doneCodes: number;
  readonly failedCodes: number;
  readonly activeCodes: number;
  readonly pendingCodes: number;
}

/** One pass over the notes' index, one row a tier. */
async function tierCounts(db: Db, campaign: string): Promise<TierCounts[]> {
  const perTarget = db
    .selectFrom('notes')
    .select((eb) => [
      'notes.target_id',
      eb.fn.countAll<number>().filterWhere('notes.state', '=', 'accepted').as('accepted'),
      eb.fn.countAll<number>().filterWhere('notes.state', '=', 'rejected').as('rejected'),
      eb.fn.countAll<number>().filterWhere('notes.state', '=', 'failed').as('failed'),
      eb.fn.countAll<number>().filterWhere('notes.state', '=', 'pending').as('pending'),
      eb.fn.max<number>('notes.round').filterWhere('notes.state', '=', 'pending').as('round'),
    ])
    .where('notes.campaign', '=', campaign)
    .groupBy('notes.target_id');
  const rows = await db
    .selectFrom('targets')
    .leftJoin(perTarget.as('t'), 't.target_id', 'targets.id')
    .leftJoin('retrievals', (join) =>
      join.onRef('retrievals.target_id', '=', 'targets.id').onRef('retrievals.round', '=', 't.round'),
    )
    .select((eb) => {
      const open = eb('t.pending', '>', 0);
      const closed = eb.or([eb('t.pending', '=', 0), eb('t.pending', 'is', null)]);
      const begun = eb('retrievals.target_id', 'is not', null);
      return [
        'targets.tier',
        eb.fn.countAll<number>().as('codes'),
        eb.fn.sum<number>('targets.planned').as('planned'),
        eb.fn.sum<number | null>('t.accepted').as('accepted'),
        eb.fn.sum<number | null>('t.rejected').as('rejected'),
        eb.fn.sum<number | null>('t.failed').as('failed'),
        eb.fn.sum<number | null>('t.pending').as('pending'),
        eb.fn
          .countAll<number>()
          .filterWhere((is) =>
            is.and([closed, is(is.fn.coalesce('t.accepted', is.val(0)), '=', is.ref('targets.planned'))]),
          )
          .as('doneCodes'),
        eb.fn
          .countAll<number>()
          .filterWhere((is) => is.and([closed, is('t.failed', '>', 0)]))
          .as('failedCodes'),
        eb.fn
          .countAll<number>()
          .filterWhere((is) => is.and([open, begun]))
          .as('activeCodes'),
        eb.fn
          .countAll<number>()
          .filterWhere((is) => is.and([open, is.not(begun)]))
          .as('pendingCodes'),
      ];
    })
    .where('targets.campaign', '=', campaign)
    .groupBy('targets.tier')
    .execute();
  return rows.map((row) => ({
    ...row,
    tier: row.tier as Tier,
    accepted: row.accepted ?? 0,
    rejected: row.rejected ?? 0,
    failed: row.failed ?? 0,
    pending: row.pending ?? 0,
  }));
}

async function stateOf(db: Db, row: CampaignRow, notes: CampaignStatus['notes']): Promise<CampaignStatus['state']> {
  if (notes.pending === 0) return row.control === 'cancelled' ? 'cancelled' : 'done';
  if (row.control !== 'running') return row.control;
  if (row.waiting_type !== null) return 'waiting';
  if (notes.pending < notes.planned) return 'running';
  const begun = await db
    .selectFrom('retrievals')
    .select('target_id')
    .where('campaign', '=', row.id)
    .limit(1)
    .executeTakeFirst();
  return begun === undefined ? 'planned' : 'running';
}

async function etaOf(db: Db, campaign: string, pending: number): Promise<CampaignStatus['eta']> {
  const now = Date.now();
  const recent = await db
    .selectFrom('notes')
    .select((eb) => [eb.fn.countAll<number>().as('notes'), eb.fn.min<number | null>('settled_at').as('first')])
    .where('campaign', '=', campaign)
    .where('settled_at', '>', now - RATE_WINDOW_MS)
    .executeTakeFirstOrThrow();
  if (recent.first === null || recent.notes < 2 || now <= recent.first) return null;
  const notesPerMs = recent.notes / (now - recent.first);
  return { finishAt: Math.round(now + pending / notesPerMs), notesPerMinute: notesPerMs * 60_000 };
}
