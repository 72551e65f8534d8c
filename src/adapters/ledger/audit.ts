import type { Retrieval, Span } from '../../activities/ports.ts';
import type { CodeSet } from '../../domain/code-set.ts';
import type { Code, CodeSystem, CodeType } from '../../domain/icd.ts';
import type { Tier } from '../../domain/tiers.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { UnknownRecord } from './failure.ts';
import { noteEntries } from './notes.ts';
import type { AttemptEntry, CallEntry, CodeAudit, RoundEntry } from './read-model.ts';
import { type Db, fromBillionths, targetId } from './records.ts';
import type { CallRow, ReplyRow, SpanRow } from './schema.ts';

/**
 * Everything that happened to one target code.
 *
 * @throws UnknownRecord when the campaign does not target it
 */
export async function audit(db: Db, campaign: string, code: Code): Promise<CodeAudit> {
  const id = targetId(campaign, code);
  const target = await db.selectFrom('targets').selectAll().where('id', '=', id).executeTakeFirst();
  if (target === undefined) throw new UnknownRecord('target code', id);
  const { value: ledgerId } = await db
    .selectFrom('meta')
    .select('value')
    .where('key', '=', 'ledger-id')
    .executeTakeFirstOrThrow();
  const spans = await db.selectFrom('spans').selectAll().where('target_id', '=', id).orderBy('started_at').execute();
  const attempts = Map.groupBy(await attemptEntries(db, id, spans), ({ ordinal }) => ordinal);
  const sets = await db.selectFrom('code_sets').select(['ordinal', 'json']).where('target_id', '=', id).execute();
  const setOf = new Map(sets.map(({ ordinal, json }) => [ordinal, JSON.parse(json) as CodeSet]));
  const entries = await noteEntries(db, campaign, { code }, null, target.planned);
  const notes = entries.map((note) => ({
    ...note,
    codeSet: setOf.get(note.ordinal) ?? null,
    history: attempts.get(note.ordinal) ?? [],
  }));
  const paid = notes
    .flatMap(({ history }) => history)
    .flatMap(({ calls }) => calls)
    .filter(({ cost }) => cost !== null);
  const sum = (key: 'inputTokens' | 'outputTokens') => paid.reduce((total, call) => total + (call[key] ?? 0), 0);
  return {
    schemaVersion: 1,
    ledgerId,
    campaign,
    target: { system: target.system as CodeSystem, type: target.type as CodeType, code: target.code },
    tier: target.tier as Tier,
    trainingCount: target.training_count,
    planned: target.planned,
    rounds: await rounds(db, id, spans),
    notes,
    spend: {
      calls: paid.length,
      inputTokens: sum('inputTokens'),
      outputTokens: sum('outputTokens'),
      cost: paid.reduce((total, { cost }) => total + Math.round((cost ?? 0) * 1e9), 0) / 1e9,
    },
  };
}

/** Attempts of a code, or of one of its notes, in the order in which they were made. */
export async function attemptEntries(
  db: Db,
  target: string,
  spans: readonly SpanRow[],
  ordinal?: number,
): Promise<AttemptEntry[]> {
  let attempts = db.selectFrom('attempts').where('attempts.target_id', '=', target);
  if (ordinal !== undefined) attempts = attempts.where('attempts.ordinal', '=', ordinal);
  const rows = await attempts.selectAll().orderBy('ordinal').orderBy('round').orderBy('attempt').execute();
  const calls = await attempts
    .innerJoin('calls', 'calls.attempt_id', 'attempts.id')
    .selectAll('calls')
    .orderBy('calls.tries')
    .execute();
  const replies = await attempts
    .innerJoin('replies', 'replies.attempt_id', 'attempts.id')
    .selectAll('replies')
    .execute();
  const callsOf = Map.groupBy(calls, (call) => call.attempt_id);
  const replyOf = new Map(replies.map((reply) => [reply.attempt_id, reply]));
  const spansOf = Map.groupBy(spans, (span) => `${span.ordinal}/${span.round}/${span.attempt}`);
  return rows.map((row) => {
    const reply = replyOf.get(row.id);
    return {
      id: row.id,
      ordinal: row.ordinal,
      round: row.round,
      attempt: row.attempt,
      openedAt: row.opened_at,
      judgedAt: row.judged_at,
      calls: (callsOf.get(row.id) ?? []).map(toCallEntry),
      reply: reply === undefined ? null : toReplyEntry(reply),
      verdict: row.verdict === null ? null : (JSON.parse(row.verdict) as Verdict),
      spans: (spansOf.get(`${row.ordinal}/${row.round}/${row.attempt}`) ?? []).map(toSpan),
    };
  });
}

async function rounds(db: Db, target: string, spans: readonly SpanRow[]): Promise<RoundEntry[]> {
  const retrievals = await db
    .selectFrom('retrievals')
    .select(['round', 'json'])
    .where('target_id', '=', target)
    .execute();
  const executions = await db
    .selectFrom('executions')
    .selectAll()
    .where('target_id', '=', target)
    .orderBy('archived_at')
    .execute();
  const numbers = new Set([...retrievals, ...executions, ...spans].map(({ round }) => round));
  return [...numbers]
    .sort((left, right) => left - right)
    .map((round) => {
      const retrieval = retrievals.find((row) => row.round === round);
      return {
        round,
        retrieval: retrieval === undefined ? null : (JSON.parse(retrieval.json) as Retrieval),
        executions: executions
          .filter((row) => row.round === round)
          .map((row) => ({ workflowId: row.workflow_id, runId: row.run_id, archivedAt: row.archived_at })),
        spans: spans.filter((row) => row.round === round && row.ordinal === null).map(toSpan),
      };
    });
}

function toCallEntry(row: CallRow): CallEntry {
  return {
    id: row.id,
    tries: row.tries,
    host: row.host,
    model: row.model,
    promptHash: row.prompt_hash,
    promptVersion: row.prompt_version,
    leftOut: JSON.parse(row.left_out) as string[],
    state: row.state,
    failure: row.failure_type === null ? null : { type: row.failure_type, status: row.http_status },
    reservedTokens: row.reserved_tokens,
    reservedCost: fromBillionths(row.reserved_cost),
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cost: row.cost === null ? null : fromBillionths(row.cost),
    openedAt: row.opened_at,
    closedAt: row.closed_at,
  };
}

function toReplyEntry(row: ReplyRow): NonNullable<AttemptEntry['reply']> {
  return {
    replyId: row.id,
    textHash: row.text_hash,
    model: row.model,
    finishReason: row.finish_reason as NonNullable<AttemptEntry['reply']>['finishReason'],
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cost: fromBillionths(row.cost),
  };
}

function toSpan(row: SpanRow): Span {
  return {
    step: row.step as Span['step'],
    startedAt: row.started_at,
    endedAt: row.ended_at,
    runId: row.run_id,
    activityId: row.activity_id,
    tries: row.tries,
    worker: row.worker,
  };
}
