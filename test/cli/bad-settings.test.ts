import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { homedir, networkInterfaces, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { defaultCacheDir, manifestPath } from '../../setup/layout.mjs';
import type { CampaignFolder } from '../support/campaign-folder.ts';
import { createShortCampaign, statusOf } from '../support/short-campaign.ts';

let folder: CampaignFolder;
beforeEach(async () => {
  folder = await createShortCampaign();
});
afterEach(() => folder.remove());

const nothingStarted = () => !existsSync(join(folder.path, '.zebra', 'qdrant'));

async function append(line: string): Promise<void> {
  await folder.write('zebra.yaml', `${await folder.read('zebra.yaml')}${line}\n`);
}

describe('zebra run refuses, before anything is started,', () => {
  test('an unknown key of zebra.yaml, and names the nearest known one', async () => {
    await append('alocation: {}');
    const { code, stdout, stderr } = await folder.zebra('run');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^zebra: zebra\.yaml:\d+:1: unknown key alocation; did you mean allocation\?\n$/);
    expect(existsSync(join(folder.path, '.zebra'))).toBe(false);
  });

  test('unknown and malformed target codes, with setting or file and line', async () => {
    await folder.write('rare.txt', 'E75.21\nE75.99 not a code\nnonsense\n');
    const yaml = await folder.read('zebra.yaml');
    await folder.write('zebra.yaml', yaml.replace('limit: 4', 'codes: [N18.23]\n  codesFile: rare.txt'));
    const { code, stderr } = await folder.zebra('run');
    expect(code).toBe(2);
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^zebra: zebra\.yaml:\d+:\d+: targets\.codes\[0\]: N18\.23 is not a code of .*; near it: N18/,
    );
    expect(lines[1]).toMatch(/rare\.txt:2: E75\.99 is not a code of .*; near it: E75/);
    expect(lines[2]).toMatch(/rare\.txt:3: malformed code: /);
    expect(nothingStarted()).toBe(true);
  });

  test('a corpus that is not there, and names the setting', async () => {
    rmSync(join(folder.path, 'notes.jsonl'));
    const { code, stderr } = await folder.zebra('run');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^zebra: \S+notes\.jsonl: no such file; see corpus\.path\n$/);
    expect(nothingStarted()).toBe(true);
  });

  test('to run without Python, and says what to install', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'zebra-cache-'));
    onTestFinished(() => rmSync(cache, { recursive: true }));
    const here = manifestPath(defaultCacheDir(process.env, process.platform, homedir()));
    const manifest = JSON.parse(readFileSync(here, 'utf8')) as Record<string, unknown>;
    const python = join(cache, 'no-python3');
    writeFileSync(join(cache, basename(here)), JSON.stringify({ ...manifest, python }));
    const { code, stderr } = await folder.start(['run'], { ZEBRA_CACHE_DIR: cache }).ended;
    expect(code).toBe(3);
    expect(stderr).toBe(
      `zebra: setup missing at ${python}: Python is gone from there; install Python 3.10 or newer, or set ZEBRA_PYTHON to it, then run: npm run setup\n`,
    );
    expect(nothingStarted()).toBe(true);
  });

  test('to run before set-up, and says how to set up', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'zebra-cache-'));
    onTestFinished(() => rmSync(cache, { recursive: true }));
    const { code, stderr } = await folder.start(['run'], { ZEBRA_CACHE_DIR: cache }).ended;
    expect(code).toBe(3);
    expect(stderr).toMatch(/^zebra: setup missing at .*: run: npm run setup\n$/);
  });
});

test('a plan without any note is refused with the reason and the setting', async () => {
  const yaml = await folder.read('zebra.yaml');
  await folder.write('zebra.yaml', yaml.replace('alpha: 2', 'alpha: 0.1'));
  const { code, stderr } = await folder.zebra('run');
  expect(code).toBe(2);
  expect(stderr).toMatch(/zebra: not planned: 23 codes that the allocation gives no note/);
  expect(stderr).toMatch(/zebra: raise allocation\.maxPerCode or allocation\.alpha\n$/);
});

test('a zero-shot target without a relative in the corpus is listed, and the rest is written', async () => {
  const yaml = await folder.read('zebra.yaml');
  await folder.write('zebra.yaml', yaml.replace(/tiers:[^]*limit: 4/, 'tiers: []\n  codes: [E75.240, Q79.60]'));
  const { code, stdout, stderr } = await folder.zebra('run');
  expect(code).toBe(0);
  expect(stderr).toContain('1 code never seen, with no relative in the corpus up to substitution.maxRung (Q79.60)');
  expect(stdout).toContain('Q79.60 (no-relative)');
  expect(await statusOf(folder)).toMatchObject({
    state: 'done',
    codes: { total: 1, done: 1 },
    notes: { planned: 3, accepted: 3 },
    tiers: { 'zero-shot': { codes: 1 } },
  });
  const manifest = JSON.parse(await folder.read('out/test/manifest.json')) as { unplanned: unknown };
  expect(JSON.stringify(manifest)).toContain('Q79.60');
});

describe('the text of a restricted corpus', () => {
  const address = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

  /** A server on an address of this machine that is not loopback; it counts who comes. */
  async function listenBeyondLoopback(): Promise<{ url: string; connections: () => number }> {
    let count = 0;
    const server: Server = createServer((socket) => {
      count += 1;
      socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    onTestFinished(() => void server.close());
    const bound = server.address();
    const port = typeof bound === 'object' ? bound?.port : 0;
    return { url: `http://${address}:${port}`, connections: () => count };
  }

  test.skipIf(address === undefined)(
    'goes to no host that egress.allow does not name: not a byte is sent to endpoint, embeddings or Qdrant',
    async () => {
      const { url, connections } = await listenBeyondLoopback();
      await folder.write(
        'zebra.yaml',
        (await folder.read('zebra.yaml')).replace('format: jsonl', 'format: jsonl\n  restricted: true'),
      );
      const host = url.replace('http://', '');
      const refusal = `zebra: egress refused at ${host}: the corpus is restricted and this host is not allowed to receive its text; setting: egress.allow\n`;
      const writer = ['run', '--writer', 'endpoint', '--llm-base-url', `${url}/v1`, '--llm-model', 'm'];
      expect(await folder.zebra(...writer)).toMatchObject({ code: 2, stdout: '', stderr: refusal });
      expect(await folder.start(['run'], { ZEBRA_QDRANT_URL: url }).ended).toMatchObject({ code: 2, stderr: refusal });
      const embedding = {
        ZEBRA_EMBEDDING_PROVIDER: 'openai',
        ZEBRA_EMBEDDING_BASE_URL: `${url}/v1`,
        ZEBRA_EMBEDDING_MODEL: 'm',
      };
      expect(await folder.start(['run'], embedding).ended).toMatchObject({ code: 2, stderr: refusal });
      expect(connections()).toBe(0);

      const allowed = await folder.start(writer, { ZEBRA_EGRESS_ALLOW: host }).ended;
      expect(allowed.code).toBe(3);
      expect(connections()).toBeGreaterThan(0);
    },
  );
});
