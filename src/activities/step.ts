import { hostname } from 'node:os';
import { Context } from '@temporalio/activity';
import type { Span } from './ports.ts';
import { toApplicationFailure } from './classify-failure.ts';

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
