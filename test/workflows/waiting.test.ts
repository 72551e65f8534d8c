import { homedir } from 'node:os';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import type { GenerateOutcome } from '../../src/domain/campaign.ts';
import { campaignWorkflowId } from '../../src/domain/ids.ts';
import { locateParts } from '../../src/embedded/parts.ts';
import { queuesOf } from '../../src/queues.ts';
import { defaultCacheDir } from '../../setup/layout.mjs';
import { createFakeSteps } from '../support/fake-steps.ts';
import { newCampaign } from '../support/temporal.ts';

const { temporalTestServer } = locateParts(defaultCacheDir(process.env, process.platform, homedir()));

// The time-skipping server has no build for every platform.
test.skipIf(temporalTestServer === null)(
  'a parked call is asked again by itself after ten minutes, for a resume that never came',
  async () => {
    const outcomes: GenerateOutcome[] = [{ outcome: 'parked' }, { outcome: 'parked' }, { outcome: 'replied' }];
    const fake = createFakeSteps([{ code: 'E75.21', notes: 1 }], {
      generate: async () => outcomes.shift() ?? { outcome: 'replied' },
    });
    const input = newCampaign();
    const queues = queuesOf(input.ledgerId, input.campaign);
    const { generate, ...local } = fake.steps;
    const environment = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: temporalTestServer ?? '' } },
    });
    try {
      const connection = environment.nativeConnection;
      const workers = await Promise.all([
        Worker.create({
          connection,
          taskQueue: queues.workflows,
          workflowBundle: { codePath: inject('workflowBundle') },
        }),
        Worker.create({ connection, taskQueue: queues.llm, activities: { generate } }),
        Worker.create({ connection, taskQueue: queues.cpu, activities: local }),
      ]);
      const running = Promise.all(workers.map((worker) => worker.run()));
      const startedAt = await environment.currentTimeMs();
      await environment.client.workflow.execute('campaign', {
        workflowId: campaignWorkflowId(input.ledgerId, input.campaign),
        taskQueue: queues.workflows,
        args: [input],
      });
      const minutes = ((await environment.currentTimeMs()) - startedAt) / 60_000;
      for (const worker of workers) worker.shutdown();
      await running;
      expect(minutes).toBeGreaterThanOrEqual(20);
      expect([...fake.settled.values()]).toEqual(['accepted']);
    } finally {
      await environment.teardown();
    }
  },
);
