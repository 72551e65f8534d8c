import { ChildWorkflowFailure, condition, getExternalWorkflowHandle, isCancellation, log } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Control } from '../domain/campaign.ts';
import { followControl } from './follow-control.ts';
import { controlSignal } from './messages.ts';

/** The children of a workflow that passes pause and resume on to each of them. */
export interface Children {
  /** As last heard; what a child starts with. */
  readonly control: Control;
  readonly inFlight: number;
  untilRunning(): Promise<void>;
  /** Runs one child; its end, good or bad, is left to the ledger. Only a cancellation is thrown. */
  run(workflowId: string, start: () => Promise<unknown>): Promise<void>;
  /** Resolves when every message has been passed on. */
  settled(): Promise<void>;
}

/** Registers the control signal's handler; call it before the first await of the workflow. */
export function controlledChildren(start: Control): Children {
  const inFlight = new Set<string>();
  const messages: Promise<void>[] = [];
  const heard = followControl(start, (command, order) => {
    for (const workflowId of inFlight) messages.push(passOn(workflowId, command, order));
  });
  return {
    get control() {
      return heard.control;
    },
    get inFlight() {
      return inFlight.size;
    },
    untilRunning: () => condition(() => !heard.control.paused),
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
async function passOn(workflowId: string, control: 'running' | 'paused', order: number): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(controlSignal, control, order);
  } catch {
    log.debug('the workflow had ended before the message', { workflowId, control });
  }
}
