import { hostname } from 'node:os';
import { Context } from '@temporalio/activity';
import { DependencyFailure, policyOf } from '../domain/failure.ts';
import { toApplicationFailure } from './classify-failure.ts';
import type { CampaignLedger, Span } from './ports.ts';

const worker = `${hostname()}:${process.pid}`;

/** Starts a span of the audit; the returned function ends it. */
export function startSpan(step: Span['step']): () => Span {
  const startedAt = Date.now();
  const { workflowExecution, activityId, attempt } = Context.current().info;
  return () => ({
    step,
    startedAt,
    endedAt: Date.now(),
    runId: workflowExecution?.runId ?? '',
    activityId,
    tries: attempt,
    worker,
  });
}

/** A killed worker's steps are given to another once their heartbeats have been missing for five of these. */
const heartbeatEveryMs = 2_000;

/**
 * Makes an activity of a step: it heartbeats for as long as it takes, and its errors reach Temporal classified, without causes
 * and without input text.
 */
export function step<A extends unknown[], R>(run: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), heartbeatEveryMs);
    try {
      return await run(...args);
    } catch (error) {
      throw toApplicationFailure(error, context.info.attempt);
    } finally {
      clearInterval(beat);
    }
  };
}

/** Tries of a step after which a failure that Temporal keeps retrying is shown as what the campaign waits for. */
const triesBeforeWaiting = 3;

/** As {@link step}, for steps that do not say themselves what the campaign waits for: `status` shows what stops them. */
export function waitingStep<A extends [work: string | { readonly campaign: string }, ...rest: unknown[]], R>(
  ledger: Pick<CampaignLedger, 'setWaiting'>,
  run: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return step(async (...args: A) => {
    try {
      return await run(...args);
    } catch (error) {
      const [work] = args;
      if (error instanceof DependencyFailure && stopsTheCampaign(error)) {
        const waiting = { type: error.type, detail: error.message };
        // A ledger that is itself what is broken cannot be told.
        await ledger.setWaiting(typeof work === 'string' ? work : work.campaign, waiting).catch(() => undefined);
      }
      throw error;
    }
  });
}

function stopsTheCampaign({ type }: DependencyFailure): boolean {
  const policy = policyOf(type);
  return policy === 'park' || (policy === 'retry' && Context.current().info.attempt >= triesBeforeWaiting);
}
