import type { CallIntent, CallReply, Span, StoredReply } from '../../activities/ports.ts';
import type { FailureType } from '../../domain/failure.ts';
import { type AttemptRef, attemptId, noteId } from '../../domain/ids.ts';
import { clearWaiting } from './campaign.ts';
import { UnknownRecord } from './failure.ts';
import { type Db, fromBillionths, putSpan, putText, targetId, toBillionths } from './records.ts';
import type { CallRow } from './schema.ts';

/** An open call older than this has lost its process: no call takes so long. */
const LONGEST_CALL_MS = 15 * 60_000;

type OpenedCall =
  | { readonly outcome: 'opened'; readonly callId: string; readonly tries: number }
  | { readonly outcome: 'replied'; readonly reply: StoredReply }
  | { readonly outcome: 'refused'; readonly type: 'paused' | 'cancelled' | 'budget-held' | 'budget-reached' };

/** The reply that counts for an attempt, if one was committed. */
export async function reply(db: Db, ref: AttemptRef): Promise<StoredReply | null> {
  return replyOf(db, attemptId(ref));
}

/**
 * Writes the intent of a call and takes its reservation off the budget, or says why it must not be made:
 * its reply is there already, its note is settled or belongs to another round (`cancelled`), the campaign is paused or
 * cancelled, or what is spent, reserved and now asked for would pass the budget (`budget-held` while calls in flight may yet
 * give back some of what they reserve).
 *
 * Open intents of the same attempt are marked `lost`. They may have been paid, so their reservations stand until their
 * reply or failure comes in late: the budget holds through crashes.
 *
 * @throws UnknownRecord when the note is not planned
 */
export async function openCall(db: Db, intent: CallIntent): Promise<OpenedCall> {
  const { attempt } = intent;
  const id = attemptId(attempt);
  const committed = await replyOf(db, id);
  if (committed !== null) return { outcome: 'replied', reply: committed };
  const note = await db
    .selectFrom('notes')
    .select(['state', 'round'])
    .where('id', '=', noteId(attempt))
    .executeTakeFirst();
  if (note === undefined) throw new UnknownRecord('note', noteId(attempt));
  if (note.state !== 'pending' || note.round !== attempt.round) return { outcome: 'refused', type: 'cancelled' };

  const cost = toBillionths(intent.reservedCost);
  if (!(await reserve(db, attempt.campaign, cost, intent.reservedTokens))) {
    return { outcome: 'refused', type: await refusal(db, attempt) };
  }
  const now = Date.now();
  await putAttempt(db, attempt, now);
  await db
    .updateTable('calls')
    .set({ state: 'lost' })
    .where('attempt_id', '=', id)
    .where('state', '=', 'open')
    .execute();
  const before = await db
    .selectFrom('calls')
    .select((eb) => eb.fn.max('tries').as('tries'))
    .where('attempt_id', '=', id)
    .executeTakeFirst();
  const tries = Number(before?.tries ?? 0) + 1;
  const callId = `${id}/c${tries}`;
  const promptHash = await putText(db, intent.promptText);
  await db
    .insertInto('calls')
    .values({
      id: callId,
      attempt_id: id,
      campaign: attempt.campaign,
      tries,
      host: intent.host,
      model: intent.model,
      prompt_hash: promptHash,
      prompt_version: intent.promptVersion,
      left_out: JSON.stringify(intent.leftOut),
      reserved_tokens: intent.reservedTokens,
      reserved_cost: cost,
      state: 'open',
      opened_at: now,
    })
    .execute();
  await putSpan(db, attempt, intent.promptSpan);
  return { outcome: 'opened', callId, tries };
}

/**
 * Stores the reply of a call. The first reply of an attempt counts; a later one is spend, and its call is `late`.
 *
 * @returns the reply that counts
 * @throws UnknownRecord
 */
export async function closeCall(db: Db, callId: string, received: CallReply, span: Span): Promise<StoredReply> {
  const { call, ref } = await callWithRef(db, callId);
  if (call.state === 'replied' || call.state === 'late') return (await replyOf(db, call.attempt_id))!;
  const now = Date.now();
  const cost = toBillionths(received.cost);
  const earlier = await replyOf(db, call.attempt_id);
  if (earlier === null) {
    await db
      .insertInto('replies')
      .values({
        attempt_id: call.attempt_id,
        id: callId,
        text_hash: await putText(db, received.text),
        model: received.model,
        finish_reason: received.finishReason,
        input_tokens: received.inputTokens,
        output_tokens: received.outputTokens,
        cost,
        replied_at: now,
      })
      .execute();
  }
  await db
    .updateTable('calls')
    .set({
      state: earlier === null ? 'replied' : 'late',
      input_tokens: received.inputTokens,
      output_tokens: received.outputTokens,
      cost,
      closed_at: now,
    })
    .where('id', '=', callId)
    .execute();
  await spend(db, call, { cost, inputTokens: received.inputTokens, outputTokens: received.outputTokens }, now);
  await putSpan(db, ref, span);
  return earlier ?? { ...received, cost: fromBillionths(cost), replyId: callId };
}

/**
 * Records that a call failed and gives its reservation back. A call that has its reply already stays as it is.
 *
 * @throws UnknownRecord
 */
export async function failCall(
  db: Db,
  callId: string,
  failure: { readonly type: FailureType; readonly status: number | null },
  span: Span,
): Promise<void> {
  const { call, ref } = await callWithRef(db, callId);
  if (call.state !== 'open' && call.state !== 'lost') return;
  await db
    .updateTable('calls')
    .set({ state: 'failed', failure_type: failure.type, http_status: failure.status, closed_at: Date.now() })
    .where('id', '=', callId)
    .execute();
  await db
    .updateTable('campaigns')
    .set((eb) => ({
      reserved_cost: eb('reserved_cost', '-', call.reserved_cost),
      reserved_tokens: eb('reserved_tokens', '-', call.reserved_tokens),
    }))
    .where('id', '=', call.campaign)
    .execute();
  await putSpan(db, ref, span);
}

/** Failed calls of an attempt, how many of them failed while other calls succeeded, and when any call of its campaign last did. */
export async function callHistory(db: Db, ref: AttemptRef) {
  const failed = await db
    .selectFrom('calls')
    .select(['opened_at', 'closed_at'])
    .where('attempt_id', '=', attemptId(ref))
    .where('state', '=', 'failed')
    .orderBy('tries')
    .execute();
  const campaign = await db
    .selectFrom('campaigns')
    .select('last_success_at')
    .where('id', '=', ref.campaign)
    .executeTakeFirst();
  let since = failed[0]?.opened_at ?? 0;
  let besideSuccesses = 0;
  for (const { closed_at: until } of failed) {
    if (await anySuccess(db, ref.campaign, { since, until: until ?? since })) besideSuccesses += 1;
    since = until ?? since;
  }
  return {
    failures: failed.length,
    besideSuccesses,
    firstFailureAt: failed[0]?.closed_at ?? null,
    lastSuccessAt: campaign?.last_success_at ?? null,
  };
}

/** Whether any call of the campaign was answered after `since`, up to `until`. */
async function anySuccess(db: Db, campaign: string, { since, until }: { since: number; until: number }) {
  const success = await db
    .selectFrom('calls')
    .select('id')
    .where('campaign', '=', campaign)
    .where('closed_at', '>', since)
    .where('closed_at', '<=', until)
    .where('state', 'in', ['replied', 'late'])
    .limit(1)
    .executeTakeFirst();
  return success !== undefined;
}

/** Makes the attempt's row if it is not there. */
export async function putAttempt(db: Db, ref: AttemptRef, openedAt: number): Promise<void> {
  await db
    .insertInto('attempts')
    .values({
      id: attemptId(ref),
      note_id: noteId(ref),
      target_id: targetId(ref.campaign, ref),
      campaign: ref.campaign,
      round: ref.round,
      ordinal: ref.ordinal,
      attempt: ref.attempt,
      opened_at: openedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** One conditional update, so that no two callers can pass the budget together. */
async function reserve(db: Db, campaign: string, cost: number, tokens: number): Promise<boolean> {
  const result = await db
    .updateTable('campaigns')
    .set((eb) => ({
      reserved_cost: eb('reserved_cost', '+', cost),
      reserved_tokens: eb('reserved_tokens', '+', tokens),
    }))
    .where('id', '=', campaign)
    .where('control', '=', 'running')
    .where((eb) =>
      eb.or([
        eb('budget_cost', 'is', null),
        eb(eb('budget_cost', '-', eb.ref('spent_cost')), '>=', eb('reserved_cost', '+', cost)),
      ]),
    )
    .where((eb) =>
      eb.or([
        eb('budget_tokens', 'is', null),
        eb(
          eb(eb('budget_tokens', '-', eb.ref('spent_input_tokens')), '-', eb.ref('spent_output_tokens')),
          '>=',
          eb('reserved_tokens', '+', tokens),
        ),
      ]),
    )
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** While other calls are in flight the budget may yet turn out to suffice: their reservations are the worst case. */
async function refusal(
  db: Db,
  attempt: AttemptRef,
): Promise<'paused' | 'cancelled' | 'budget-held' | 'budget-reached'> {
  const { campaign } = attempt;
  const row = await db.selectFrom('campaigns').select('control').where('id', '=', campaign).executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('campaign', campaign);
  if (row.control !== 'running') return row.control;
  const inFlight = await db
    .selectFrom('calls')
    .select('id')
    .where('campaign', '=', campaign)
    .where('closed_at', 'is', null)
    .where('state', '=', 'open')
    .where('attempt_id', '!=', attemptId(attempt))
    .where('opened_at', '>', Date.now() - LONGEST_CALL_MS)
    .limit(1)
    .executeTakeFirst();
  return inFlight === undefined ? 'budget-reached' : 'budget-held';
}

/** Books a paid call: its reservation, where it still stands, becomes what it really cost. */
async function spend(
  db: Db,
  call: CallRow,
  paid: { readonly cost: number; readonly inputTokens: number; readonly outputTokens: number },
  at: number,
): Promise<void> {
  const reserved = call.state === 'open' || call.state === 'lost';
  await db
    .updateTable('campaigns')
    .set((eb) => ({
      reserved_cost: eb('reserved_cost', '-', reserved ? call.reserved_cost : 0),
      reserved_tokens: eb('reserved_tokens', '-', reserved ? call.reserved_tokens : 0),
      spent_cost: eb('spent_cost', '+', paid.cost),
      spent_input_tokens: eb('spent_input_tokens', '+', paid.inputTokens),
      spent_output_tokens: eb('spent_output_tokens', '+', paid.outputTokens),
      calls: eb('calls', '+', 1),
      last_success_at: at,
    }))
    .where('id', '=', call.campaign)
    .execute();
  const row = await db
    .selectFrom('campaigns')
    .select('waiting_type')
    .where('id', '=', call.campaign)
    .executeTakeFirst();
  const waitsFor = row?.waiting_type ?? null;
  // The work goes on, so that whatever stopped it is over; only a budget does not come back by itself.
  if (waitsFor !== null && waitsFor !== 'budget-reached') await clearWaiting(db, call.campaign);
}

async function callWithRef(db: Db, callId: string): Promise<{ call: CallRow; ref: AttemptRef }> {
  const row = await db
    .selectFrom('calls')
    .innerJoin('attempts', 'attempts.id', 'calls.attempt_id')
    .innerJoin('targets', 'targets.id', 'attempts.target_id')
    .selectAll('calls')
    .select([
      'attempts.round',
      'attempts.ordinal',
      'attempts.attempt',
      'targets.system',
      'targets.type',
      'targets.code',
    ])
    .where('calls.id', '=', callId)
    .executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('call', callId);
  const { round, ordinal, attempt, system, type, code, ...call } = row;
  const ref = { campaign: call.campaign, system, type, code, round, ordinal, attempt } as AttemptRef;
  return { call, ref };
}

async function replyOf(db: Db, attempt: string): Promise<StoredReply | null> {
  const row = await db
    .selectFrom('replies')
    .innerJoin('texts', 'texts.hash', 'replies.text_hash')
    .selectAll('replies')
    .select('texts.text')
    .where('replies.attempt_id', '=', attempt)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    replyId: row.id,
    text: row.text,
    model: row.model,
    finishReason: row.finish_reason as StoredReply['finishReason'],
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cost: fromBillionths(row.cost),
  };
}
