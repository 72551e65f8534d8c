import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { killHard, processesWith } from '../support/processes.ts';
import { stubborn } from '../support/stand-in.ts';

const keeper = fileURLToPath(new URL('../../src/embedded/keeper.ts', import.meta.url));
const parent = fileURLToPath(new URL('../support/keeper-parent.ts', import.meta.url));

/** Lives until it is told to end; the comment tells the processes of one test from all others. */
const patient = 'setInterval(() => {}, 1e6)';
let mark = '';
beforeEach(() => {
  mark = `/*${crypto.randomUUID()}*/`;
  onTestFinished(() => {
    for (const { pid } of processesWith(mark)) killHard(pid);
  });
});

const program = (script: string) => [process.execPath, '-e', `${script} ${mark}`];

/** The kept program itself: not its keeper, not the keeper's parent, whose command lines hold its own. */
const kept = () => processesWith(mark).filter(({ command }) => !command.includes('keeper'));

async function startKeeper(script: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [keeper, ...program(script)], { stdio: ['pipe', 'ignore', 'ignore'] });
  await expect.poll(() => kept().length, { timeout: 10_000 }).toBe(1);
  return child;
}

describe('the kept program is killed', () => {
  test("when the keeper's standard input closes", async () => {
    const child = await startKeeper(patient);
    child.stdin?.end();
    await once(child, 'exit');
    expect(kept()).toEqual([]);
  });

  test('also when it does not listen', async () => {
    const child = await startKeeper(stubborn);
    child.stdin?.end();
    await expect.poll(() => processesWith(mark), { timeout: 10_000 }).toEqual([]);
  });

  test('when the process that started the keeper is killed', async () => {
    const starter = spawn(process.execPath, [parent, ...program(patient)], { stdio: 'ignore' });
    await expect.poll(() => kept().length, { timeout: 10_000 }).toBe(1);
    starter.kill('SIGKILL');
    await expect.poll(() => processesWith(mark), { timeout: 10_000 }).toEqual([]);
  });

  test('when the keeper is told to end', async () => {
    const child = await startKeeper(patient);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(kept()).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux')('when the keeper is killed', async () => {
    const child = await startKeeper(stubborn);
    child.kill('SIGKILL');
    await expect.poll(() => processesWith(mark), { timeout: 10_000 }).toEqual([]);
  });
});

test('the Ctrl-C that the whole process group hears ends nothing: the part is stopped in its turn', async () => {
  const child = await startKeeper("process.on('SIGINT', () => {}); setInterval(() => {}, 1e6)");
  child.kill('SIGINT');
  child.kill('SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(kept()).toHaveLength(1);
  expect(child.exitCode).toBeNull();
});

test.each([
  ['its own code', 'process.exit(7)', 7],
  ['1, when it was killed', "process.kill(process.pid, 'SIGKILL')", 1],
])('the keeper ends with its program, with %s', async (_, script, code) => {
  const child = spawn(process.execPath, [keeper, ...program(script)], { stdio: ['pipe', 'ignore', 'ignore'] });
  expect(await once(child, 'exit')).toEqual([code, null]);
});

test('the keeper of a program that is not there ends with 127', async () => {
  const child = spawn(process.execPath, [keeper, '/no/such/program'], { stdio: ['pipe', 'ignore', 'ignore'] });
  expect(await once(child, 'exit')).toEqual([127, null]);
});
