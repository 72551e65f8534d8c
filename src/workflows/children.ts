import {
  ChildWorkflowFailure,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { controlSignal } from './messages.ts';

/** The children of a workflow that passes pause and resume on to each of them. */
export interface Children {
  readonly paused: boolean;
  readonly inFlight: number;
  untilRunning(): Promise<void>;
  /** Runs one child; its end, good or bad, is left to the ledger. Only a cancellation is thrown. */
  run(workflowId: string, start: () => Promise<unknown>): Promise<void>;
  /** Resolves when every message has been passed on. */
  settled(): Promise<void>;
}

/** Registers the control signal's handler; call it before the first await of the workflow. */
export function controlledChildren(paused: boolean): Children {
  const state = { paused };
  const inFlight = new Set<string>();
  const messages: Promise<void>[] = [];
  setHandler(controlSignal, (control) => {
    state.paused = control === 'paused';
    for (const workflowId of inFlight) messages.push(passOn(workflowId, control));
  });
  return {
    get paused() {
      return state.paused;
    },
    get inFlight() {
      return inFlight.size;
    },
    untilRunning: () => condition(() => !state.paused),
    async run(workflowId, start) {
      inFlight.add(workflowId);
      try {
        await start();
      } catch (error) {
        const endedBadly =
          error instanceof ChildWorkflowFailure || error instanceof WorkflowExecutionAlreadyStartedError;
        if (isCancellation(error) || !endedBadly) throw error;
        log.warn('a child workflow did not finish; its open notes stay open in the ledger', { workflowId });
      } finally {
        inFlight.delete(workflowId);
      }
    },
    async settled() {
      await Promise.all(messages.splice(0));
    },
  };
}

/** A child may end before the message reaches it; then there is nobody left to tell. */
async function passOn(workflowId: string, control: 'running' | 'paused'): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(controlSignal, control);
  } catch {
    log.debug('the workflow had ended before the message', { workflowId, control });
  }
}
