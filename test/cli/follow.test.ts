import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { follow, hasEnded } from '../../src/cli/follow.ts';
import type { CampaignStatus } from '../../src/domain/status.ts';

const running: CampaignStatus = {
  schemaVersion: 1,
  ledgerId: 'l',
  campaign: 'pilot',
  revision: 1,
  state: 'running',
  reason: null,
  codes: { total: 1, done: 0, rejected: 0, failed: 0, active: 1, pending: 0 },
  notes: { planned: 4, accepted: 1, rejected: 0, failed: 0, pending: 3 },
  llm: { calls: 1, inputTokens: 1, outputTokens: 1, cost: 0 },
  budget: { cost: null, tokens: null },
  tiers: {},
  eta: null,
};
const done: CampaignStatus = { ...running, state: 'done' };
const waiting = (reason: string): CampaignStatus => ({ ...running, state: 'waiting', reason });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Follows a campaign whose status at each look is the next one given, then the last again and again. */
function following(isTerminal: boolean, ...looks: CampaignStatus[]) {
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const talked: string[] = [];
  const shown: string[][] = [];
  const context = {
    isTerminal,
    signal: stopping.signal,
    talk: (line: string) => talked.push(line),
    live: (lines: string[]) => shown.push(lines),
  } as unknown as CliContext;
  let looked = 0;
  const look = async () => looks[Math.min(looked++, looks.length - 1)]!;
  return {
    stopping,
    talked,
    shown,
    looked: () => looked,
    start: (watch?: () => Promise<void>) => follow(context, look, watch),
  };
}

test.each([
  [done, true],
  [{ ...running, state: 'cancelled' } as const, true],
  [waiting('budget-reached: raise it'), true],
  [waiting('unauthorized: at 127.0.0.1:1'), false],
  [{ ...running, state: 'paused' } as const, false],
  [{ ...running, state: 'planned' } as const, false],
  [running, false],
])('looking on is over when nothing changes by itself (%#)', (status, over) => {
  expect(hasEnded(status)).toBe(over);
});

describe('without a terminal', () => {
  test('a line is written when the state changes, and every five seconds', async () => {
    const { talked, start } = following(
      false,
      ...Array<CampaignStatus>(7).fill(running),
      waiting('unauthorized'),
      waiting('unauthorized'),
      waiting('model-unknown'),
      done,
    );
    const end = start();
    await vi.advanceTimersByTimeAsync(11_000);
    expect((await end).state).toBe('done');
    expect(talked.map((line) => line.split(':')[0])).toEqual([
      'pilot running',
      'pilot running',
      'pilot waiting (unauthorized)',
      'pilot waiting (model-unknown)',
      'pilot done',
    ]);
  });
});

describe('on a terminal', () => {
  test('the view is drawn at every look', async () => {
    const { shown, talked, start } = following(true, running, running, done);
    const end = start();
    await vi.advanceTimersByTimeAsync(2_000);
    await end;
    expect(shown.map(([line]) => line?.split('  ')[1])).toEqual(['running', 'running', 'done']);
    expect(talked).toEqual([]);
  });
});

test('Ctrl-C ends the view at once, with the status that was seen last', async () => {
  const { stopping, looked, start } = following(false, running);
  const end = start();
  await vi.advanceTimersByTimeAsync(100);
  stopping.abort();
  expect((await end).state).toBe('running');
  expect(looked()).toBeLessThanOrEqual(2);
});

test('what the watcher throws ends the view', async () => {
  const { start } = following(false, running);
  await expect(start(() => Promise.reject(new Error('owner gone')))).rejects.toThrow('owner gone');
});
