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

/** Makes an activity of a step: its errors reach Temporal classified, without causes and without input text. */
export function step<A extends unknown[], R>(run: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await run(...args);
    } catch (error) {
      throw toApplicationFailure(error, Context.current().info.attempt);
    }
  };
}
