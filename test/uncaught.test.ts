import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CampaignFolder, createCampaignFolder } from './support/campaign-folder.ts';

const text = 'Fictional. Mr. Zyvqorbex was seen for chest pain.';
const preload = fileURLToPath(new URL('./support/throw-when-ready.ts', import.meta.url));

/** Takes connections and never answers, so that `zebra doctor` waits. */
let silent: Server;
let folder: CampaignFolder;

beforeAll(async () => {
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  folder = await createCampaignFolder({ qdrant: { url: `http://127.0.0.1:${port}` } });
});

afterAll(async () => {
  silent.close();
  await folder.remove();
});

const programs = { zebra: '../src/cli/main.ts', worker: '../src/worker.ts' };
const ways = [
  ['zebra', 'error', 'TypeError at '],
  ['zebra', 'parser', 'SyntaxError at '],
  ['zebra', 'rejection', 'TypeError at '],
  ['zebra', 'bare rejection', 'UnhandledPromiseRejection at '],
  ['zebra', 'bare text', 'of type string'],
  ['worker', 'error', 'TypeError at '],
  ['worker', 'bare rejection', 'UnhandledPromiseRejection at '],
] as const;

test.each(ways)('%s ends on what nothing caught (%s), and tells class and place only', async (name, way, told) => {
  const program = fileURLToPath(new URL(programs[name], import.meta.url));
  const args = name === 'zebra' ? ['doctor', '-c', join(folder.path, 'zebra.yaml')] : [folder.path];
  const child = spawn(process.execPath, ['--import', preload, program, ...args], {
    env: { ...process.env, THROW_WHEN_READY: way, THROW_TEXT: text },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (said += part));
  const [code] = await once(child, 'close');
  expect(said).toMatch(new RegExp(`^${name}: unexpected error, please report it: ${told}[^\n]*\n$`));
  expect(said).not.toMatch(/Zyvqorbex|chest pain/);
  expect(code).toBe(1);
});
