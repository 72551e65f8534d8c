import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { DependencyFailure } from '../../src/domain/failure.ts';
import { partOf, type RunningPart } from '../../src/embedded/part.ts';
import { supervise, type Supervised, type SupervisorEvent } from '../../src/embedded/supervise.ts';
import { killHard, processesWith } from '../support/processes.ts';
import { obedient, startScript, stubborn } from '../support/stand-in.ts';

/** A part that ends when the test says so. */
function fakePart(pid: number): RunningPart & { end(code?: number): void; readonly stopped: () => boolean } {
  const { promise: exited, resolve } = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>();
  let stopped = false;
  return {
    pid,
    exited,
    end: (code = 1) => resolve({ code, signal: null }),
    stopped: () => stopped,
    async stop() {
      stopped = true;
      resolve({ code: 0, signal: null });
    },
  };
}

/** What the supervisor told, in short. */
function telling() {
  const told: string[] = [];
  return { told, tell: ({ event, detail }: SupervisorEvent) => told.push(`${event} ${detail}`) };
}

describe('a part that ends', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 0 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A supervised fake that is started anew after each end. */
  async function supervised(starts: (() => Promise<RunningPart>)[]) {
    const { told, tell } = telling();
    const supervisor = await supervise('part', async () => (await starts.shift()?.()) ?? fakePart(0), tell);
    onTestFinished(() => supervisor.stop());
    return { supervisor, told };
  }

  test('is started again after a pause that doubles, up to ten seconds', async () => {
    const parts = Array.from({ length: 9 }, (_, pid) => fakePart(pid));
    const { told } = await supervised(parts.map((part) => async () => part));
    const waits: number[] = [];
    for (const part of parts.slice(0, -1)) {
      part.end();
      const before = Date.now();
      const startsSoFar = told.filter((line) => line.startsWith('started')).length;
      while (told.filter((line) => line.startsWith('started')).length === startsSoFar)
        await vi.advanceTimersByTimeAsync(50);
      waits.push(Date.now() - before);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  test('after half a minute of good running is started again as quickly as the first time', async () => {
    const parts = [fakePart(1), fakePart(2), fakePart(3)];
    const { told } = await supervised(parts.map((part) => async () => part));
    parts[0]!.end();
    await vi.advanceTimersByTimeAsync(250);
    await vi.advanceTimersByTimeAsync(31_000);
    parts[1]!.end();
    await vi.advanceTimersByTimeAsync(250);
    expect(told).toEqual(['started pid 1', 'exited code 1', 'started pid 2', 'exited code 1', 'started pid 3']);
  });

  test('and cannot be started is tried again, longer and longer, and each reason is told', async () => {
    const [first, second] = [fakePart(1), fakePart(2)];
    const refuse = () => Promise.reject(new DependencyFailure('index-unavailable', {}, 'port taken'));
    const fall = () => Promise.reject(new TypeError('whatever it was given'));
    const { told, supervisor } = await supervised([async () => first, refuse, fall, async () => second]);
    first.end(9);
    await vi.advanceTimersByTimeAsync(250 + 500 + 1_000);
    expect(told).toEqual([
      'started pid 1',
      'exited code 9',
      'start-failed index unavailable: port taken',
      expect.stringMatching(/^start-failed unexpected error TypeError at /),
      'started pid 2',
    ]);
    expect(supervisor.pid()).toBe(2);
  });

  test('is not started again once it was told to stop, while it waits to be', async () => {
    const first = fakePart(1);
    const { told, supervisor } = await supervised([async () => first]);
    first.end();
    await vi.advanceTimersByTimeAsync(100);
    await supervisor.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual(['started pid 1', 'exited code 1']);
  });

  test('and is just being started when it is told to stop, is stopped', async () => {
    const [first, second] = [fakePart(1), fakePart(2)];
    const starting = Promise.withResolvers<RunningPart>();
    const { supervisor } = await supervised([async () => first, () => starting.promise]);
    first.end();
    await vi.advanceTimersByTimeAsync(250);
    const stopping = supervisor.stop();
    starting.resolve(second);
    await stopping;
    expect(second.stopped()).toBe(true);
  });
});

test('what the very first start throws is thrown', async () => {
  const { told, tell } = telling();
  await expect(supervise('part', () => Promise.reject(new Error('no such program')), tell)).rejects.toThrow(
    'no such program',
  );
  expect(told).toEqual([]);
});

describe('real processes', () => {
  async function watch(script: string): Promise<{ supervisor: Supervised; told: string[] }> {
    const { told, tell } = telling();
    const supervisor = await supervise('part', async () => startScript(script, 200), tell);
    onTestFinished(() => supervisor.stop());
    return { supervisor, told };
  }

  test('are started again after kill -9, with another process id', async () => {
    const { supervisor, told } = await watch(obedient);
    const first = supervisor.pid();
    killHard(first ?? 0);
    await expect.poll(() => supervisor.pid(), { timeout: 10_000 }).not.toBe(first);
    expect(told).toEqual([`started pid ${first}`, 'exited signal SIGKILL', `started pid ${supervisor.pid()}`]);
  });

  test('are gone when stop resolves, also those that do not listen', async () => {
    for (const script of [obedient, stubborn]) {
      const mark = `/* ${crypto.randomUUID()} */`;
      const { supervisor } = await watch(`${script} ${mark}`);
      expect(processesWith(mark)).toHaveLength(1);
      await supervisor.stop();
      expect(processesWith(mark)).toEqual([]);
    }
  });

  test('that cannot be spawned count as ended', async () => {
    const part = partOf(spawn('/no/such/program', { stdio: ['pipe', 'ignore', 'ignore'] }));
    expect(await part.exited).toEqual({ code: null, signal: null });
    await part.stop();
  });

  test('may be stopped twice', async () => {
    const part = startScript(obedient);
    await Promise.all([part.stop(), part.stop()]);
    await part.stop();
    expect(await part.exited).toEqual({ code: 0, signal: null });
  });
});
