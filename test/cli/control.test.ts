import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { readInvariants } from '../support/invariants.ts';
import {
  createEndpointCampaign,
  type EndpointCampaign,
  orphansOf,
  startHeldCampaign,
  statusOf,
  until,
} from '../support/short-campaign.ts';

let campaign: EndpointCampaign;
afterEach(() => campaign.end());

/** A call that was let through before an order may still be on its way to the endpoint when the order has been given. */
const callsOnTheirWay = () => sleep(300);

const told = (stdout: string) => JSON.parse(stdout) as Record<string, unknown>;

test('pause starts no further call until resume, and nothing is lost or paid twice', { timeout: 90_000 }, async () => {
  const held = await startHeldCampaign();
  campaign = held;
  const { run, folder, endpoint } = held;
  const pause = await folder.zebra('pause', '--json');
  expect(told(pause.stdout)).toEqual({ campaign: 'test', state: 'paused', told: true });
  await callsOnTheirWay();
  const { calls } = await endpoint.stats();
  expect(await until(async () => (await endpoint.stats()).answered === calls)).toBe(true);
  await sleep(1_500);
  expect(await statusOf(folder)).toMatchObject({ state: 'paused', notes: { failed: 0 } });
  expect(await endpoint.stats()).toMatchObject({ calls, answered: calls, aborted: 0 });
  expect(calls).toBeLessThan(12);

  await held.letGo();
  const resume = await folder.zebra('resume', '--json');
  expect(told(resume.stdout)).toMatchObject({ state: 'running', told: true });
  expect((await run.ended).code).toBe(0);
  expect((await endpoint.stats()).calls).toBe(12);
  expect(readInvariants(folder.ledgerPath, endpoint.log)).toMatchObject({ accepted: 12, unsettled: 0, paidAgain: 0 });
});

test('a campaign that was paused while it did not run starts paused', { timeout: 90_000 }, async () => {
  const held = await startHeldCampaign();
  campaign = held;
  const { run, folder, endpoint } = held;
  run.kill('SIGINT');
  expect((await run.ended).code).toBe(130);
  const pause = await folder.zebra('pause', '--json');
  expect(told(pause.stdout)).toEqual({ campaign: 'test', state: 'paused', told: false });
  const { calls } = await endpoint.stats();
  const again = folder.start(['run']);
  let talk = '';
  again.stderr?.on('data', (text: string) => (talk += text));
  expect(await until(() => talk.includes('test paused'))).toBe(true);
  await sleep(2_000);
  expect((await endpoint.stats()).calls).toBe(calls);
  await held.letGo();
  await folder.zebra('resume');
  expect((await again.ended).code).toBe(0);
  expect(await statusOf(folder)).toMatchObject({ state: 'done', notes: { accepted: 12 } });
});

test(
  'cancel ends the run and keeps what was accepted; the next run takes the rest up',
  { timeout: 90_000 },
  async () => {
    const held = await startHeldCampaign();
    campaign = held;
    const { run, folder, endpoint } = held;
    const cancel = await folder.zebra('cancel', '--json');
    expect(told(cancel.stdout)).toMatchObject({ state: 'cancelled' });
    const ended = await run.ended;
    expect(ended.code).toBe(1);
    const after = await statusOf(folder);
    expect(after).toMatchObject({ state: 'cancelled', notes: { failed: 0, rejected: 0 } });
    expect(after?.notes.pending).toBeGreaterThan(0);
    const { calls } = await endpoint.stats();
    await sleep(1_500);
    expect((await endpoint.stats()).calls).toBe(calls);
    expect(await orphansOf(folder)).toEqual([]);

    expect((await folder.zebra('run')).code).toBe(0);
    const done = await statusOf(folder);
    expect(done).toMatchObject({ state: 'done', notes: { accepted: 12 } });
    expect(readInvariants(folder.ledgerPath, endpoint.log)).toMatchObject({ paidAgain: 0, doubled: 0, unsettled: 0 });
  },
);

describe('where nothing is planned', () => {
  test.each(['pause', 'resume', 'cancel', 'status', 'replay', 'export'])(
    '%s says what to run first',
    async (command) => {
      campaign = await createEndpointCampaign();
      const { code, stdout, stderr } = await campaign.folder.zebra(command);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe('zebra: campaign test is not planned yet; run: zebra plan, or zebra run\n');
    },
  );
});
