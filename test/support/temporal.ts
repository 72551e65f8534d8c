import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import type { CampaignInput, Steps } from '../../src/domain/campaign.ts';
import { queuesOf } from '../../src/queues.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** A ledger id of its own, so that test files on the shared server never meet. */
export function newCampaign(overrides: Partial<CampaignInput> = {}): CampaignInput {
  return {
    ledgerId: randomUUID(),
    campaign: 'pilot',
    pass: 0,
    control: { paused: false, order: 0 },
    searchable: false,
    window: 4,
    notesPerCode: 3,
    ...overrides,
  };
}

/** Runs workers for the given steps while `use` runs. */
export async function withWorkers<R>(
  input: CampaignInput,
  { generate, ...local }: Steps,
  use: (client: Client) => Promise<R>,
): Promise<R> {
  const address = inject('temporalAddress');
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  const queues = queuesOf(input.ledgerId, input.campaign);
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: queues.workflows, workflowBundle: { codePath: inject('workflowBundle') } }),
    Worker.create({ connection, taskQueue: queues.llm, activities: { generate } }),
    Worker.create({ connection, taskQueue: queues.cpu, activities: local }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  try {
    return await use(new Client({ connection: clientConnection }));
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
    await clientConnection.close();
    await connection.close();
  }
}
