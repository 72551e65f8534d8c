import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { locateParts } from '../../src/embedded/parts.ts';
import { defaultCacheDir } from '../../setup/layout.mjs';
import { startSmollm2 } from '../../src/embedded/smollm2.ts';
import type { Smollm2 } from '../../src/embedded/smollm2.ts';

const modelPath = locatedModel();
if (modelPath === null) console.warn('skipped: the SmolLM2 part is missing; run: npm run setup');

function locatedModel(): string | null {
  try {
    return locateParts(defaultCacheDir(process.env, process.platform, homedir())).smollm2Model;
  } catch {
    return null;
  }
}

const order = {
  prompt: 'The ward nurse writes plain short sentences.\n\n- She rested in bed.\n- She walked',
  maxTokens: 12,
  temperature: 0.8,
  seed: 3,
};

const started: Smollm2[] = [];
afterEach(() => Promise.all(started.splice(0).map((model) => model.close())));

function startModel(path = modelPath ?? ''): Smollm2 {
  const model = startSmollm2({ modelPath: path });
  started.push(model);
  return model;
}

/** A process that ended but that nobody has waited for yet still has an id; its state tells. */
async function isGone(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    try {
      process.kill(pid, 0);
      if (existsSync('/proc/self/stat') && /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return true;
    } catch {
      return true;
    }
    await sleep(50);
  }
  return false;
}

describe.skipIf(modelPath === null)('the local language model', () => {
  test('ends a line, the same for the same seed, and counts its tokens', async () => {
    const model = startModel();
    const [first, second] = await Promise.all([model.complete(order), model.complete(order)]);
    expect(first.text).toBe(second.text);
    expect(first.text.trim()).not.toBe('');
    expect(first.text).not.toContain('\n');
    expect(first.outputTokens).toBeGreaterThan(0);
    expect(first.inputTokens).toBeGreaterThan(10);
  });

  test('fails the order in flight when its process is killed, and serves the next one in a new process', async () => {
    const model = startModel();
    await model.start();
    const pid = model.pid;
    const inFlight = model.complete({ ...order, maxTokens: 200, prompt: 'Once upon a time' });
    process.kill(pid ?? 0, 'SIGKILL');
    await expect(inFlight).rejects.toMatchObject({
      type: 'endpoint-unavailable',
      facts: { where: 'embedded smollm2' },
    });
    await expect(model.complete(order)).resolves.toBeDefined();
    expect(model.pid).not.toBe(pid);
  });

  test('leaves no process behind when it is closed', async () => {
    const model = startModel();
    await model.start();
    const pid = model.pid ?? 0;
    await model.close();
    expect(await isGone(pid)).toBe(true);
    await expect(model.complete(order)).rejects.toMatchObject({ type: 'endpoint-unavailable' });
  });

  test('is ended while it still starts', async () => {
    const model = startModel();
    const starting = model.start().catch((error: unknown) => error);
    await expect.poll(() => model.pid).not.toBeNull();
    const pid = model.pid ?? 0;
    await model.close();
    expect(await starting).toMatchObject({ type: 'endpoint-unavailable' });
    expect(await isGone(pid)).toBe(true);
  });

  test('ends when its parent is killed', async () => {
    const source = `
      import { startSmollm2 } from ${JSON.stringify(fileURLToPath(new URL('../../src/embedded/smollm2.ts', import.meta.url)))};
      const model = startSmollm2({ modelPath: ${JSON.stringify(modelPath)} });
      await model.start();
      console.log(model.pid);
      setInterval(() => {}, 1000);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
    });
    expect(pid).toBeGreaterThan(0);
    parent.kill('SIGKILL');
    expect(await isGone(pid)).toBe(true);
  });
});

describe('the local language model without its file', () => {
  test('fails as endpoint-unavailable', async () => {
    await expect(startModel('/nowhere/model.gguf').start()).rejects.toMatchObject({ type: 'endpoint-unavailable' });
  });
});
