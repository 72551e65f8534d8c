import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readInvariants } from '../support/invariants.ts';
import {
  createEndpointCampaign,
  type EndpointCampaign,
  startHeldCampaign,
  statusOf,
  statusWhen,
} from '../support/short-campaign.ts';

let campaign: EndpointCampaign;
afterEach(() => campaign.end());

const sound = { unsettled: 0, failed: 0, paidAgain: 0, doubled: 0, unrecorded: 0 };

describe('zebra run ends with 3 and one line, before anything is started, when', () => {
  async function refusal(env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { folder } = campaign;
    const { code, stdout, stderr } = await folder.start(['run'], env).ended;
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(join(folder.path, '.zebra', 'temporal.db'))).toBe(false);
    return stderr.trim();
  }

  test('the endpoint is down', async () => {
    campaign = await createEndpointCampaign();
    await campaign.endpoint.stop();
    expect(await refusal()).toMatch(
      /^zebra: endpoint unavailable at 127\.0\.0\.1:\d+: nothing listens there; is the endpoint up\?; setting: llm\.baseUrl$/,
    );
  });

  test('the endpoint does not take the key', async () => {
    campaign = await createEndpointCampaign(['--api-key', 'right']);
    const said = await refusal({ TEST_ENDPOINT_KEY: 'wrong-key' });
    expect(said).toMatch(
      /^zebra: unauthorized \(HTTP 401\) at 127\.0\.0\.1:\d+: the endpoint does not take this key; setting: llm\.apiKeyEnv$/,
    );
    expect(said).not.toContain('wrong-key');
  });

  test('the endpoint serves other models, and names them', async () => {
    campaign = await createEndpointCampaign(['--models', 'llama-70b,qwen-32b']);
    expect(await refusal()).toMatch(
      /^zebra: model unknown at 127\.0\.0\.1:\d+: it serves llama-70b, qwen-32b; setting: llm\.model$/,
    );
  });
});

describe('a campaign waits, says why, and goes on by itself to its end, when', () => {
  test('the endpoint goes down and comes back', { timeout: 90_000 }, async () => {
    const held = await startHeldCampaign();
    campaign = held;
    await held.endpoint.control({ outageUntil: Date.now() + 14_000, latency: 0 });
    const waiting = await statusWhen(campaign.folder, ({ state }) => state === 'waiting', 20_000);
    expect(waiting).toMatchObject({ state: 'waiting', notes: { failed: 0 } });
    expect(waiting?.reason).toMatch(/^endpoint-unavailable: endpoint unavailable at 127\.0\.0\.1:\d+: /);
    const { code, stderr } = await held.run.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/test waiting \(endpoint-unavailable/);
    expect(await statusOf(campaign.folder)).toMatchObject({ state: 'done', reason: null, notes: { accepted: 12 } });
    expect(readInvariants(campaign.folder.ledgerPath, campaign.endpoint.log)).toMatchObject(sound);
  });

  test('the key is withdrawn and given back', { timeout: 90_000 }, async () => {
    const held = await startHeldCampaign(['--api-key', 'right'], { TEST_ENDPOINT_KEY: 'right' });
    campaign = held;
    await held.endpoint.control({ apiKey: 'another', latency: 0 });
    const waiting = await statusWhen(campaign.folder, ({ state }) => state === 'waiting', 20_000);
    expect(waiting).toMatchObject({ state: 'waiting', notes: { failed: 0 } });
    expect(waiting?.reason).toMatch(/^unauthorized: .*HTTP 401.*setting: llm\.apiKeyEnv$/);
    await campaign.endpoint.control({ apiKey: 'right' });
    expect((await held.run.ended).code).toBe(0);
    expect(await statusOf(campaign.folder)).toMatchObject({ state: 'done', reason: null, notes: { accepted: 12 } });
    expect(readInvariants(campaign.folder.ledgerPath, campaign.endpoint.log)).toMatchObject(sound);
  });
});

describe('of bad replies', () => {
  test('cut and empty ones are asked for again; cut-off notes and other languages are rejected, counted, and written again by a replay', async () => {
    campaign = await createEndpointCampaign([], { validation: { attempts: 1 } });
    const { folder, endpoint } = campaign;
    await endpoint.control({
      next: ['truncated', 'empty', 'language', 'length', 'no-choices', 'not-json', 'language'],
    });
    const first = await folder.zebra('run');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/rejected by form: language, 2 notes/);
    expect(first.stdout).toMatch(/rejected by form: truncated, 1 notes/);
    expect(await statusOf(folder)).toMatchObject({
      state: 'done',
      codes: { failed: 0 },
      notes: { accepted: 9, rejected: 3, failed: 0, pending: 0 },
    });
    expect((await endpoint.stats()).calls).toBe(12 + 4);

    const dry = await folder.zebra('replay', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({ notes: 3, dryRun: true, estimate: { calls: 3 } });
    expect(await statusOf(folder)).toMatchObject({ notes: { rejected: 3, pending: 0 } });
    const one = await folder.zebra('replay', '--reason', 'form/language', '--json');
    expect(JSON.parse(one.stdout)).toMatchObject({ notes: 2, round: 1, told: false });
    const rest = await folder.zebra('replay', '--rejected');
    expect(rest.stdout).toMatch(/^1 notes of 1 codes are open again in round 2; at least 1 calls/);
    expect(await statusOf(folder)).toMatchObject({ notes: { accepted: 9, rejected: 0, pending: 3 } });

    expect((await folder.zebra('run')).code).toBe(0);
    expect(await statusOf(folder)).toMatchObject({ state: 'done', notes: { accepted: 12, rejected: 0 } });
    expect((await endpoint.stats()).calls).toBe(12 + 4 + 3);
    expect(readInvariants(folder.ledgerPath, endpoint.log)).toMatchObject(sound);
  });

  test('those that the gate rejects are repaired with the reasons, within validation.attempts', async () => {
    campaign = await createEndpointCampaign();
    const { folder, endpoint } = campaign;
    await endpoint.control({ next: ['language', 'length', 'missing'] });
    expect((await folder.zebra('run')).code).toBe(0);
    expect(await statusOf(folder)).toMatchObject({ notes: { accepted: 12, rejected: 0 }, llm: { calls: 15 } });
    const checked = JSON.parse(await folder.read('out/test/manifest.json')) as Record<string, unknown>;
    expect(JSON.stringify(checked)).toContain('language');
  });
});
