import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { type CampaignInput, SEARCH_ATTRIBUTES } from '../domain/campaign.ts';
import { DependencyFailure } from '../domain/failure.ts';
import { campaignWorkflowId } from '../domain/ids.ts';
import { queuesOf } from '../queues.ts';

export interface TemporalAddress {
  /** `host:port` of the frontend. */
  readonly address: string;
  readonly namespace: string;
}

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const keyword = 2;

/** A cancelled campaign ends by itself; commands wait this long to see it. */
const cancelWaitMs = 5_000;

/** What the command line asks of Temporal: start the campaign, and tell it what the ledger already says. */
export interface CampaignEngine {
  /** Starts the campaign's workflow, or leaves the one that runs alone. */
  start(input: Omit<CampaignInput, 'searchable'>): Promise<void>;
  /** Passes pause or resume on; false when no workflow of the campaign runs. */
  control(campaign: string, state: 'running' | 'paused'): Promise<boolean>;
  /** Tells a running campaign that the ledger holds new work; false when none runs. */
  workOpened(campaign: string): Promise<boolean>;
  /** Cancels the campaign's workflow and waits a little for its end; false when none runs. */
  cancel(campaign: string): Promise<boolean>;
  /** How the campaign's workflow stands; null when Temporal knows none. */
  state(campaign: string): Promise<'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'other' | null>;
  close(): Promise<void>;
}

/** @throws DependencyFailure `endpoint-unavailable` naming the address and `temporal.address` */
export async function connectTemporal(
  { address, namespace }: TemporalAddress,
  ledgerId: string,
): Promise<CampaignEngine> {
  const connection = await Connection.connect({ address, connectTimeout: '10 s' }).catch(() => {
    throw new DependencyFailure(
      'endpoint-unavailable',
      { where: address, setting: 'temporal.address' },
      'Temporal does not answer there',
    );
  });
  const client = new Client({ connection, namespace });
  let searchable: boolean | null = null;
  const handleOf = (campaign: string) => client.workflow.getHandle(campaignWorkflowId(ledgerId, campaign));

  return {
    async start(input) {
      searchable ??= await addSearchAttributes(connection, namespace);
      await client.workflow.start('campaign', {
        workflowId: campaignWorkflowId(ledgerId, input.campaign),
        taskQueue: queuesOf(ledgerId, input.campaign).workflows,
        args: [{ ...input, searchable }],
        ...(searchable
          ? {
              typedSearchAttributes: [
                { key: defineSearchAttributeKey('ZebraCampaign', 'KEYWORD'), value: input.campaign },
              ],
            }
          : {}),
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
    },
    control: (campaign, state) => whereRunning(() => handleOf(campaign).signal('control', state)),
    workOpened: (campaign) => whereRunning(() => handleOf(campaign).signal('workOpened')),
    cancel: (campaign) =>
      whereRunning(async () => {
        await handleOf(campaign).cancel();
        const ended = handleOf(campaign)
          .result()
          .catch(() => undefined);
        await Promise.race([ended, sleep(cancelWaitMs, undefined, { ref: false })]);
      }),
    async state(campaign) {
      try {
        const { status } = await handleOf(campaign).describe();
        return states[status.name] ?? 'other';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },
    close: () => connection.close(),
  };
}

const states: Record<string, 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated'> = {
  RUNNING: 'running',
  CONTINUED_AS_NEW: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
};

/** Makes the search attributes known to the namespace; false where the cluster does not let us and does not know them. */
async function addSearchAttributes(connection: Connection, namespace: string): Promise<boolean> {
  const known = async (): Promise<boolean> => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return SEARCH_ATTRIBUTES.every((name) => customAttributes?.[name] !== undefined);
  };
  try {
    if (await known()) return true;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, keyword])),
    });
    for (let look = 0; look < 20; look += 1) {
      if (await known()) return true;
      await sleep(100);
    }
    return false;
  } catch {
    return false;
  }
}

async function whereRunning(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
