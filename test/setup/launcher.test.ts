import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CHILD_MODULE = new URL('../../setup/child.mjs', import.meta.url).href;

describe('the launcher', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zebra-launcher-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Starts a launcher of a program, in a session without a terminal. */
  function launch(program: string) {
    const file = path.join(folder, 'program.mjs');
    writeFileSync(file, program);
    const script = `
      const { standIn } = await import(${JSON.stringify(CHILD_MODULE)});
      process.exitCode = await standIn(process.execPath, [${JSON.stringify(file)}], { cwd: process.cwd(), env: process.env });`;
    const launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(launcher.stdout)[Symbol.asyncIterator]();
    return { launcher, line: async () => (await lines.next()).value as string | undefined };
  }

  test('answers with the exit code of the program', async () => {
    const { launcher } = launch('process.exitCode = 3;');
    expect(await once(launcher, 'exit')).toEqual([3, null]);
  });

  test('passes an interrupt on once, and waits for the program to end in its own way', async () => {
    const { launcher, line } = launch(`
      let interrupts = 0;
      process.on('SIGINT', () => { interrupts += 1; setTimeout(() => { console.log(interrupts); process.exit(130); }, 300); });
      setInterval(() => {}, 1000);
      console.log('ready');`);
    expect(await line()).toBe('ready');
    launcher.kill('SIGINT');
    expect(await line()).toBe('1');
    expect(await once(launcher, 'exit')).toEqual([130, null]);
  });

  test('says with 128 + its number that a signal ended the program', async () => {
    const { launcher, line } = launch(`console.log('ready'); setInterval(() => {}, 1000);`);
    await line();
    launcher.kill('SIGTERM');
    expect(await once(launcher, 'exit')).toEqual([128 + 15, null]);
  });

  test('leaves no program behind when it is killed', async () => {
    const { launcher, line } = launch(`
      process.on('SIGTERM', () => { console.log('stopping'); process.exit(0); });
      console.log('ready'); setInterval(() => {}, 1000);`);
    await line();
    launcher.kill('SIGKILL');
    expect(await line()).toBe('stopping');
    expect(await line()).toBeUndefined();
  });

  test('does not take the children of the program for the program', async () => {
    const { launcher, line } = launch(`
      import { fork } from 'node:child_process';
      import { Worker, isMainThread } from 'node:worker_threads';
      if (process.argv[2] === 'child') console.log('child lives'); else if (isMainThread) {
        new Worker(new URL(import.meta.url)).on('exit', () => fork(new URL(import.meta.url), ['child']));
      }`);
    expect(await line()).toBe('child lives');
    expect(await once(launcher, 'exit')).toEqual([0, null]);
  });
});

describe('before set-up', () => {
  test('the command says in one line what to run, and exits 2', () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'zebra-empty-'));
    const done = spawnSync(process.execPath, [path.join(ROOT, 'bin', 'zebra.mjs'), 'plan'], {
      encoding: 'utf8',
      env: { ...process.env, ZEBRA_CACHE_DIR: empty },
    });
    rmSync(empty, { recursive: true });
    expect([done.status, done.stdout, done.stderr]).toEqual([2, '', 'zebra: not set up yet; run: npm run setup\n']);
  });

  test('an unknown task is refused with the known ones', () => {
    const done = spawnSync(process.execPath, [path.join(ROOT, 'setup', 'run.mjs'), 'demmo'], { encoding: 'utf8' });
    expect(done.status).toBe(2);
    expect(done.stderr).toMatch(/no task is called demmo; there are: .*demo/);
  });
});

test.each(['package-lock.json', 'setup/node24/package-lock.json'])('%s pins hashes and names no host', (file) => {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  expect(text).toContain('"integrity": "sha512-');
  expect(text).not.toContain('"resolved"');
});
