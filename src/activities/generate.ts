import { createHash } from 'node:crypto';
import { cancellationSignal, sleep } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { GenerateOutcome } from '../domain/campaign.ts';
import { deidentify } from '../domain/deidentify.ts';
import { DependencyFailure, policyOf } from '../domain/failure.ts';
import { type AttemptRef, attemptId } from '../domain/ids.ts';
import { buildPrompt, PROMPT_VERSION, promptText } from '../domain/prompt.ts';
import { seedOf } from '../domain/seed.ts';
import type { CardOf } from './knowledge.ts';
import type { CallIntent, CallReply, Ports, Span, WriteReply } from './ports.ts';
import { startSpan } from './step.ts';

const budgetHeldMs = 500;

const longestCommitWaitMs = 10_000;

/** Failed calls of one attempt, each with an answered call of another since the one before, after which the prompt is to blame. */
const poisonedAfterFailures = 10;

/** Failed calls of one attempt from which on, when no call of the campaign succeeded meanwhile, the campaign says that it waits. */
const waitingFromFailure = 3;

/** Thrown inside a call's turn when the ledger forbids it; nothing has been sent then. */
class CallRefused extends Error {
  readonly type: 'paused' | 'cancelled' | 'budget-reached';
  constructor(type: CallRefused['type']) {
    super(type);
    this.type = type;
  }
}

/** Thrown inside a call's turn when the reply turns out to be committed already. */
class AlreadyReplied extends Error {}

/**
 * Builds the prompt and makes one paid call. The intent row is written before the socket opens and the reply is committed
 * before the step answers, so no committed call is paid twice.
 *
 * @returns `replied` when the attempt's reply is in the ledger; `parked` while the campaign is paused or its budget is used
 *   up; `stopped` when it was cancelled
 * @throws DependencyFailure by the closed list: retried or parked by Temporal, or final for the note
 */
export function createGenerate({ corpus, ledger, writer }: Ports, cardOf: CardOf) {
  return async function generate(ref: AttemptRef): Promise<GenerateOutcome> {
    if ((await ledger.reply(ref)) !== null) return { outcome: 'replied' };
    const { intent, request } = await preparePrompt(ref);
    const endGenerate = startSpan('generate');
    let callId: string | null = null;
    const signal = cancellationSignal();
    let reply: WriteReply;
    try {
      reply = await writer.write(request, {
        signal,
        onOpen: async () => {
          callId = await openCall(intent);
        },
      });
    } catch (error) {
      if (error instanceof AlreadyReplied) return { outcome: 'replied' };
      if (error instanceof CallRefused) return refused(ref, error.type);
      if (callId !== null) await recordFailure(ref, callId, error, endGenerate());
      if (signal.aborted) throw new CancelledFailure('the call was cancelled');
      throw error;
    }
    await commit(callId ?? '', { ...reply, cost: costOf(reply) }, endGenerate());
    return { outcome: 'replied' };
  };

  /** Writes the intent row; waits while calls in flight hold what is left of the budget. */
  async function openCall(intent: CallIntent): Promise<string> {
    for (;;) {
      const opened = await ledger.openCall(intent);
      if (opened.outcome === 'opened') return opened.callId;
      if (opened.outcome === 'replied') throw new AlreadyReplied();
      if (opened.type !== 'budget-held') throw new CallRefused(opened.type);
      await sleep(budgetHeldMs);
    }
  }

  /** A reply that is paid for is held on to while the ledger cannot take it (full disk, locked file), as long as the step may run. */
  async function commit(callId: string, reply: CallReply, span: Span): Promise<void> {
    for (let wait = 250; ; wait = Math.min(2 * wait, longestCommitWaitMs)) {
      try {
        await ledger.closeCall(callId, reply, span);
        return;
      } catch (error) {
        if (!(error instanceof DependencyFailure)) throw error;
        await sleep(wait);
      }
    }
  }

  async function preparePrompt(ref: AttemptRef) {
    const endPrompt = startSpan('prompt');
    const revision = await ledger.revision(ref.campaign);
    const set = await ledger.codeSet(ref);
    if (set === null) throw new DependencyFailure('anchor-missing', {}, 'this note has no code set');
    const cards = set.codes.map((code) => cardOf(code));
    const examples = await corpus.sourceNotes(revision.corpus.id, set.examples);
    const previous = await ledger.previousVerdict(ref);
    const { temperature, maxTokens, words } = revision.generation;
    const prompt = buildPrompt({
      set,
      cards,
      examples: examples.map((note) => ({ id: note.id, text: deidentify(note.text).text })),
      words,
      rejections: previous?.checks.flatMap((check) => (check.action === 'reject' ? check.rejections : [])) ?? [],
      budgetTokens: writer.contextTokens - maxTokens,
      countTokens: (text) => writer.countTokens(text),
    });
    const text = promptText(prompt.messages);
    const reservedInput = writer.countTokens(text);
    const intent: CallIntent = {
      attempt: ref,
      host: writer.host,
      model: writer.model,
      promptHash: createHash('sha256').update(text).digest('hex'),
      promptVersion: PROMPT_VERSION,
      promptText: text,
      promptSpan: endPrompt(),
      reservedTokens: reservedInput + maxTokens,
      reservedCost: costOf({ inputTokens: reservedInput, outputTokens: maxTokens }),
      leftOut: prompt.leftOut,
    };
    const seed = seedOf(revision.seed, attemptId(ref));
    return {
      intent,
      request: { messages: prompt.messages, maxTokens, temperature, seed, facts: { set, cards, words } },
    };
  }

  async function refused(ref: AttemptRef, type: CallRefused['type']): Promise<GenerateOutcome> {
    if (type === 'cancelled') return { outcome: 'stopped' };
    if (type === 'budget-reached') {
      await ledger.setWaiting(ref.campaign, { type, detail: 'the budget is used up; raise it and resume' });
    }
    return { outcome: 'parked' };
  }

  /** Records the failed call; tells an outage (wait) from a prompt that the endpoint cannot answer (this note fails). */
  async function recordFailure(ref: AttemptRef, callId: string, error: unknown, span: Span): Promise<void> {
    if (!(error instanceof DependencyFailure)) {
      await ledger.failCall(callId, { type: cancelledOrDefect(), status: null }, span);
      return;
    }
    await ledger.failCall(callId, { type: error.type, status: error.facts.status ?? null }, span);
    if (policyOf(error.type).startsWith('fail-')) return;
    const history = await ledger.callHistory(ref);
    if (history.besideSuccesses >= poisonedAfterFailures && error.type !== 'rate-limited') {
      throw new DependencyFailure(
        'request-refused',
        error.facts,
        `the endpoint failed ${history.failures} times on this prompt and answers others`,
      );
    }
    const othersSucceed =
      history.lastSuccessAt !== null &&
      history.firstFailureAt !== null &&
      history.lastSuccessAt > history.firstFailureAt;
    if (policyOf(error.type) === 'park' || (history.failures >= waitingFromFailure && !othersSucceed)) {
      await ledger.setWaiting(ref.campaign, { type: error.type, detail: error.message });
    }
  }

  function costOf(tokens: Pick<CallReply, 'inputTokens' | 'outputTokens'>): number {
    return (tokens.inputTokens * writer.price.input + tokens.outputTokens * writer.price.output) / 1_000_000;
  }
}

function cancelledOrDefect(): 'cancelled' | 'defect' {
  return cancellationSignal().aborted ? 'cancelled' : 'defect';
}
