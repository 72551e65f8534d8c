import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { CampaignStatus } from '../../src/domain/status.ts';
import { readInvariants } from '../support/invariants.ts';
import { descendants, killHard, processesWith } from '../support/processes.ts';
import {
  createEndpointCampaign,
  type EndpointCampaign,
  orphansOf,
  startHeldCampaign,
  statusOf,
  statusWhen,
  until,
} from '../support/short-campaign.ts';

let campaign: EndpointCampaign;
afterEach(() => campaign.end());

const sound = { accepted: 12, unsettled: 0, failed: 0, paidAgain: 0, doubled: 0, unrecorded: 0 };

test(
  'a second run shows the campaign of the first, starts nothing of its own, and leaves on Ctrl-C',
  { timeout: 90_000 },
  async () => {
    const held = await startHeldCampaign();
    campaign = held;
    const { run: owner, folder, endpoint } = held;
    const leaving = folder.start(['run']);
    const staying = folder.start(['run', '--json']);
    expect(await until(() => descendants(owner.pid ?? 0).length > 2)).toBe(true);
    let talk = '';
    leaving.stderr?.on('data', (text: string) => (talk += text));
    expect(await until(() => talk.includes('test running'))).toBe(true);
    expect(descendants(leaving.pid ?? 0)).toEqual([]);
    leaving.kill('SIGINT');
    const left = await leaving.ended;
    expect(left.code).toBe(130);
    expect(left.stderr).toMatch(/another zebra run has this folder; showing its campaign test/);
    expect(left.stderr).toMatch(/the campaign goes on without this view\n$/);

    await held.letGo();
    const [first, second] = await Promise.all([owner.ended, staying.ended]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(JSON.parse(second.stdout) as CampaignStatus).toMatchObject({ state: 'done', notes: { accepted: 12 } });
    expect(readInvariants(folder.ledgerPath, endpoint.log)).toMatchObject({ ...sound, calls: 12 });
  },
);

test(
  'when the first run is killed, the second takes over and brings the campaign to its end',
  { timeout: 120_000 },
  async () => {
    const held = await startHeldCampaign();
    campaign = held;
    const { run: owner, folder, endpoint } = held;
    const heir = folder.start(['run']);
    let talk = '';
    heir.stderr?.on('data', (text: string) => (talk += text));
    expect(await until(() => talk.includes('showing its campaign'))).toBe(true);
    killHard(owner.pid ?? 0);
    await held.letGo();
    expect((await heir.ended).code).toBe(0);
    const found = readInvariants(folder.ledgerPath, endpoint.log);
    expect(found).toMatchObject(sound);
    expect(found.lost).toBeLessThanOrEqual(2);
    expect(await orphansOf(folder)).toEqual([]);
  },
);

test(
  'Ctrl-C ends a run with 130 and leaves no process; the same command goes on where it was',
  { timeout: 120_000 },
  async () => {
    const held = await startHeldCampaign();
    campaign = held;
    const { run, folder, endpoint } = held;
    run.kill('SIGINT');
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(/interrupted; nothing that was committed is lost: the same command goes on\n$/);
    expect(await orphansOf(folder)).toEqual([]);
    const before = await statusOf(folder);
    expect(before?.notes.pending).toBeGreaterThan(0);

    await held.letGo();
    expect((await folder.zebra('run')).code).toBe(0);
    const found = readInvariants(folder.ledgerPath, endpoint.log);
    expect(found).toMatchObject(sound);
    expect(found.calls).toBeLessThanOrEqual(12 + 2);
  },
);

test('--detach answers at once and leaves the campaign running to its end', { timeout: 90_000 }, async () => {
  campaign = await createEndpointCampaign(['--latency', '200']);
  const { folder, endpoint } = campaign;
  const { code, stdout, stderr } = await folder.zebra('run', '--detach');
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  const pid = Number(/running in the background \(pid (\d+)\)/.exec(stderr)?.[1]);
  expect(pid).toBeGreaterThan(0);
  expect(await statusWhen(folder, ({ state }) => state === 'done')).toMatchObject({ notes: { accepted: 12 } });
  expect(await until(() => processesWith(folder.path).every((process) => process.pid !== pid))).toBe(true);
  await sleep(100);
  expect(await orphansOf(folder)).toEqual([]);
  expect(await folder.read('.zebra/logs/run.log')).toContain('campaign test is done');
  expect((await folder.read('out/test/notes.jsonl')).trim().split('\n')).toHaveLength(12);
  expect(readInvariants(folder.ledgerPath, endpoint.log)).toMatchObject(sound);
});
