import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import { campaignWorkflowId, codeWorkflowId, shardWorkflowId } from '../../src/domain/ids.ts';
import { queuesOf } from '../../src/queues.ts';
import { createFakeSteps } from '../support/fake-steps.ts';
import { newCampaign, withWorkers } from '../support/temporal.ts';

const folder = fileURLToPath(new URL('../fixtures/histories/', import.meta.url));

const namesOfTheMachine: Record<string, string> = { identity: 'recorder', stackTrace: 'left out' };
const stickyQueue = /^\d+@/;

/** Set to a release's number to record its histories: `ZEBRA_RECORD_HISTORIES=0.2.0 npm test -- test/workflows/replay.test.ts`. */
const recording = process.env['ZEBRA_RECORD_HISTORIES'];

test.runIf(recording)('records the histories of this release', async () => {
  const codes = ['E75.21', 'D59.5', 'G12.21'];
  const fake = createFakeSteps(
    codes.map((code) => ({ code, notes: 3 })),
    {
      accept: (attempt) => attempt.endsWith('a2') && !attempt.includes('/2/'),
      retrieve: async ({ code }) => {
        if (code === 'D59.5') throw ApplicationFailure.nonRetryable('no relative has a note', 'anchor-missing');
      },
      generate: async (attempt) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        if (attempt.includes('G12.21/3/'))
          throw ApplicationFailure.nonRetryable('the prompt is too long', 'context-length');
        return { outcome: 'replied' };
      },
    },
  );
  const input = newCampaign({
    ledgerId: `00000000-0000-4000-8000-${String(Date.now()).padStart(12, '0')}`,
    notesPerCode: 2,
  });
  await withWorkers(input, fake.steps, async (client) => {
    const workflowId = campaignWorkflowId(input.ledgerId, input.campaign);
    const handle = await client.workflow.start('campaign', {
      workflowId,
      taskQueue: queuesOf(input.ledgerId, input.campaign).workflows,
      args: [input],
    });
    await expect.poll(() => fake.log.some((line) => line.startsWith('replied')), { timeout: 30_000 }).toBe(true);
    await handle.signal('control', 'paused');
    await handle.signal('control', 'running');
    await handle.signal('workOpened');
    await handle.result();
    const histories = {
      campaign: workflowId,
      shard: shardWorkflowId(input.ledgerId, input.campaign, 1, 0),
      ...Object.fromEntries(
        codes.map((code) => [
          `code-${code}`,
          codeWorkflowId(input.ledgerId, { campaign: input.campaign, system: 'icd10cm', type: 'dx', code, round: 0 }),
        ]),
      ),
    };
    await mkdir(join(folder, String(recording)), { recursive: true });
    for (const [name, id] of Object.entries(histories)) {
      const history: unknown = JSON.parse(historyToJSON(await client.workflow.getHandle(id).fetchHistory()));
      const anonymous = JSON.stringify(history, (key, value: unknown) =>
        typeof value === 'string' && stickyQueue.test(value) ? 'recorder' : (namesOfTheMachine[key] ?? value),
      );
      await writeFile(join(folder, String(recording), `${name}.json`), `${anonymous}\n`);
    }
  });
});

test('histories of every release replay under this one', async () => {
  const releases = await readdir(folder);
  expect(releases.length).toBeGreaterThan(0);
  for (const release of releases) {
    for (const file of await readdir(join(folder, release))) {
      const history: unknown = JSON.parse(await readFile(join(folder, release, file), 'utf8'));
      await Worker.runReplayHistory({ workflowBundle: { codePath: inject('workflowBundle') } }, history);
    }
  }
});
