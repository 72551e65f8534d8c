import { expect, test } from 'vitest';
import { dx, noteRef, targetRef } from '../support/ledger-fixture.ts';
import { openSteps } from '../support/steps.ts';

const target = targetRef('E75.22');

test('a note that cannot be written ends as failed, with type and reason, and the others stay open', async () => {
  const { ledger, run } = await openSteps();
  await run('failNote', noteRef('E75.22', 2), 'context-length', 'the codes of the set do not fit');
  expect(await ledger.notes('pilot', { states: ['failed'] }, null, 10)).toMatchObject([
    { ordinal: 2, reason: 'context-length', detail: 'the codes of the set do not fit' },
  ]);
  expect((await run('openTargets', 'pilot', { from: 0, to: 0 })).length).toBe(1);
});

test('all open notes of a code that cannot be written end as failed, those that have ended stay as they are', async () => {
  const { ledger, run } = await openSteps();
  await run('failNote', noteRef('E75.22', 1), 'request-refused', 'first');
  await run('failTarget', target, 'anchor-missing', 'no relative');
  expect((await ledger.notes('pilot', { states: ['failed'] }, null, 10)).map(({ reason }) => reason)).toEqual([
    'request-refused',
    'anchor-missing',
    'anchor-missing',
  ]);
  expect(await run('openWork', 'pilot')).toEqual({ shards: [], notes: 0 });
});

test('a reason that is not on the list is recorded as a defect', async () => {
  const { ledger, run } = await openSteps();
  await run('failNote', noteRef('E75.22', 1), 'no such type', 'unexpected');
  expect(await ledger.notes('pilot', { states: ['failed'] }, null, 10)).toMatchObject([{ reason: 'defect' }]);
});

test('open work is told as ranges of the plan, and its codes as references with their round', async () => {
  const { run } = await openSteps({ plan: { 'E75.22': 3, 'E75.23': 1 } });
  expect(await run('openWork', 'pilot')).toEqual({ shards: [{ from: 0, to: 1 }], notes: 4 });
  expect(await run('openTargets', 'pilot', { from: 1, to: 1 })).toEqual([
    { target: { campaign: 'pilot', round: 0, ...dx('E75.23') }, tier: expect.any(String) },
  ]);
});

test('the audit of a finished code names the execution that wrote it', async () => {
  const { ledger, run } = await openSteps();
  await run('archive', target);
  const { rounds } = await ledger.audit('pilot', target);
  expect(rounds[0]).toMatchObject({
    round: 0,
    executions: [{ workflowId: 'test', runId: '00000000-0000-0000-0000-000000000000' }],
  });
});
