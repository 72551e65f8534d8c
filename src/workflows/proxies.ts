import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Steps } from '../domain/campaign.ts';

/** Queues are derived from the workflow's own, so that one ledger's work never reaches another's workers. */
function queue(resource: 'llm' | 'cpu'): string {
  return `${workflowInfo().taskQueue}-${resource}`;
}

/** Steps that only read and write the ledger, the index and the processor: seconds at most, minutes on a busy machine. */
export function localSteps(): Omit<Steps, 'generate'> {
  return proxyActivities<Steps>({
    taskQueue: queue('cpu'),
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: '10 s',
    scheduleToCloseTimeout: '30 days',
    retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '30 s' },
  });
}

/** The paid step. It may wait for its turn, for a rate or for an outage to end; its heartbeat tells a slow one from a dead one. */
export function paidSteps(): Pick<Steps, 'generate'> {
  return proxyActivities<Steps>({
    taskQueue: queue('llm'),
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '10 s',
    scheduleToCloseTimeout: '30 days',
    retry: { initialInterval: '1 s', backoffCoefficient: 2, maximumInterval: '30 s' },
  });
}
