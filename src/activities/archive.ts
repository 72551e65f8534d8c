import { Context } from '@temporalio/activity';
import type { TargetRef } from '../domain/ids.ts';
import type { Ports } from './ports.ts';
import { startSpan } from './step.ts';

/** Keeps which Temporal execution wrote the code's notes, so that the audit answers after Temporal has forgotten. */
export function createArchive({ ledger }: Ports) {
  return async function archive(target: TargetRef): Promise<void> {
    const end = startSpan('archive');
    const { workflowExecution } = Context.current().info;
    if (workflowExecution === undefined) return;
    const { workflowId, runId } = workflowExecution;
    await ledger.archiveExecution(target, { workflowId, runId }, end());
  };
}
