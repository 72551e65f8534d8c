import { ApplicationFailure } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import type { CampaignInput } from '../../src/domain/campaign.ts';
import { connectTemporal } from '../../src/adapters/temporal.ts';
import { campaignWorkflowId, codeWorkflowId } from '../../src/domain/ids.ts';
import { queuesOf } from '../../src/queues.ts';
import { createFakeSteps } from '../support/fake-steps.ts';
import { newCampaign, withWorkers } from '../support/temporal.ts';

const codes = [
  { code: 'E75.21', notes: 3 },
  { code: 'D59.5', notes: 2 },
  { code: 'G12.21', notes: 1 },
];

function start(client: Client, input: CampaignInput) {
  return client.workflow.start('campaign', {
    workflowId: campaignWorkflowId(input.ledgerId, input.campaign),
    taskQueue: queuesOf(input.ledgerId, input.campaign).workflows,
    args: [input],
  });
}

test('writes every open note of every code and archives each code', async () => {
  const fake = createFakeSteps(codes);
  const input = newCampaign();
  await withWorkers(input, fake.steps, async (client) => (await start(client, input)).result());
  expect(fake.open.size).toBe(0);
  expect([...fake.settled.values()]).toEqual(Array(6).fill('accepted'));
  expect(fake.log.filter((line) => line.startsWith('archive')).sort()).toEqual([
    'archive D59.5',
    'archive E75.21',
    'archive G12.21',
  ]);
});

test('sends a rejected note back to the prompt and settles it after its last attempt', async () => {
  const fake = createFakeSteps([{ code: 'E75.21', notes: 2 }], {
    accept: (attempt) => attempt.includes('E75.21/1/') && attempt.endsWith('a2'),
  });
  const input = newCampaign();
  await withWorkers(input, fake.steps, async (client) => (await start(client, input)).result());
  expect(fake.settled.get('pilot/icd10cm/dx/E75.21/1')).toBe('accepted');
  expect(fake.settled.get('pilot/icd10cm/dx/E75.21/2')).toBe('rejected');
  expect(fake.log.filter((line) => line.startsWith('replied') && line.includes('E75.21/2/'))).toHaveLength(3);
});

test('generates a reply again that the ledger no longer holds when it is to be judged', async () => {
  const fake = createFakeSteps([{ code: 'E75.21', notes: 1 }]);
  let judged = 0;
  const forgetful = {
    ...fake.steps,
    validate: async (...args: Parameters<typeof fake.steps.validate>) => {
      judged += 1;
      return judged === 1 ? ('missing' as const) : fake.steps.validate(...args);
    },
  };
  const input = newCampaign();
  await withWorkers(input, forgetful, async (client) => (await start(client, input)).result());
  expect(fake.log.filter((line) => line.startsWith('replied'))).toHaveLength(2);
  expect([...fake.settled.values()]).toEqual(['accepted']);
});

test('fails one note on a failure that is final for the note, and all notes of a code on one that is final for the code', async () => {
  const fake = createFakeSteps(codes, {
    retrieve: async ({ code }) => {
      if (code === 'D59.5') throw ApplicationFailure.nonRetryable('no relative', 'anchor-missing');
    },
    generate: async (attempt) => {
      if (attempt.includes('E75.21/2/')) throw ApplicationFailure.nonRetryable('too long', 'context-length');
      return { outcome: 'replied' };
    },
  });
  const input = newCampaign();
  await withWorkers(input, fake.steps, async (client) => (await start(client, input)).result());
  expect(Object.fromEntries(fake.settled)).toEqual({
    'pilot/icd10cm/dx/E75.21/1': 'accepted',
    'pilot/icd10cm/dx/E75.21/2': 'failed:context-length',
    'pilot/icd10cm/dx/E75.21/3': 'accepted',
    'pilot/icd10cm/dx/D59.5/1': 'failed:anchor-missing',
    'pilot/icd10cm/dx/D59.5/2': 'failed:anchor-missing',
    'pilot/icd10cm/dx/G12.21/1': 'accepted',
  });
});

test('pause reaches every code: no step starts after it until resume', async () => {
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const fake = createFakeSteps([{ code: 'E75.21', notes: 4 }], {
    generate: async () => {
      calls += 1;
      await gate.promise;
      return { outcome: 'replied' };
    },
  });
  const input = newCampaign({ notesPerCode: 2 });
  await withWorkers(input, fake.steps, async (client) => {
    const handle = await start(client, input);
    await expect.poll(() => calls, { timeout: 20_000 }).toBe(2);
    await handle.signal('control', 'paused');
    const codeHandle = client.workflow.getHandle(
      codeWorkflowId(input.ledgerId, { campaign: 'pilot', system: 'icd10cm', type: 'dx', code: 'E75.21', round: 0 }),
    );
    await expect.poll(async () => (await signalsOf(codeHandle)).length, { timeout: 20_000 }).toBe(1);
    gate.resolve();
    await expect.poll(() => fake.settled.size, { timeout: 20_000 }).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(calls).toBe(2);
    await handle.signal('control', 'running');
    await handle.result();
  });
  expect(calls).toBe(4);
  expect(fake.open.size).toBe(0);
});

test('a pause that a later resume has overtaken is ignored', async () => {
  const fake = createFakeSteps([{ code: 'E75.21', notes: 2 }]);
  const input = newCampaign({ control: { paused: true, order: 3 } });
  await withWorkers(input, fake.steps, async (client) => {
    const handle = await start(client, input);
    await handle.signal('control', 'running', 5);
    await handle.signal('control', 'paused', 4);
    await handle.result();
  });
  expect(fake.open.size).toBe(0);
});

test('a parked call is asked again after resume', async () => {
  let parked = true;
  const fake = createFakeSteps([{ code: 'E75.21', notes: 1 }], {
    generate: async () => ({ outcome: parked ? 'parked' : 'replied' }),
  });
  const input = newCampaign();
  await withWorkers(input, fake.steps, async (client) => {
    const handle = await start(client, input);
    await expect.poll(() => fake.log.filter((line) => line.startsWith('parked')).length, { timeout: 20_000 }).toBe(1);
    parked = false;
    // The code workflow may not have seen the answer yet; resume is repeated as a person would.
    await expect
      .poll(
        async () => {
          await handle.signal('control', 'running');
          return fake.settled.size;
        },
        { timeout: 20_000, interval: 300 },
      )
      .toBe(1);
    await handle.result();
  });
});

test('cancel ends the campaign and leaves unwritten notes open', async () => {
  const fake = createFakeSteps(codes, { generate: () => new Promise(() => undefined) });
  const input = newCampaign();
  await withWorkers(input, { ...fake.steps, generate: async () => ({ outcome: 'parked' }) }, async (client) => {
    const handle = await start(client, input);
    await expect
      .poll(() => fake.log.filter((line) => line.startsWith('substitute')).length, { timeout: 20_000 })
      .toBeGreaterThan(0);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow('cancelled');
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });
  expect(fake.open.size).toBe(6);
});

test('people find codes in Temporal by campaign, code, tier and state', async () => {
  const fake = createFakeSteps(codes);
  const input = newCampaign();
  const engine = await connectTemporal({ address: inject('temporalAddress'), namespace: 'default' }, input.ledgerId);
  await withWorkers(input, fake.steps, async (client) => {
    await engine.start(input);
    await client.workflow.getHandle(campaignWorkflowId(input.ledgerId, input.campaign)).result();
    const query = `ZebraCode = "icd10cm/dx/D59.5" AND ZebraState = "finished" AND WorkflowId STARTS_WITH "zebra/${input.ledgerId}"`;
    await expect
      .poll(async () => (await Array.fromAsync(client.workflow.list({ query }))).length, { timeout: 10_000 })
      .toBe(1);
  });
  await engine.close();
});

test('histories replay, hold references only and stay small', async () => {
  const fake = createFakeSteps(codes, { accept: (attempt) => attempt.endsWith('a2') });
  const input = newCampaign();
  await withWorkers(input, fake.steps, async (client) => {
    await (await start(client, input)).result();
    const ids = [
      campaignWorkflowId(input.ledgerId, 'pilot'),
      ...codes.map(({ code }) =>
        codeWorkflowId(input.ledgerId, { campaign: 'pilot', system: 'icd10cm', type: 'dx', code, round: 0 }),
      ),
    ];
    for (const workflowId of ids) {
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      expect(history.events?.length ?? 0).toBeLessThan(120);
      await Worker.runReplayHistory({ workflowBundle: { codePath: inject('workflowBundle') } }, history, workflowId);
    }
  });
});

async function signalsOf(handle: ReturnType<Client['workflow']['getHandle']>) {
  const history = await handle.fetchHistory();
  return (history.events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes);
}
