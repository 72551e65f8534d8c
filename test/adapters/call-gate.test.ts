import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createCallGate } from '../../src/adapters/call-gate.ts';
import type { CallLimits, Turn } from '../../src/adapters/call-gate.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const unlimited: CallLimits = { concurrency: 100, requestsPerMinute: null, tokensPerMinute: null };
const freshSignal = (): AbortSignal => new AbortController().signal;

/** Asks for `count` turns of `tokens` each; `entered` grows as they come. */
function ask(limits: Partial<CallLimits>, count: number, tokens: number) {
  const gate = createCallGate({ ...unlimited, ...limits });
  const entered: { at: number; index: number; turn: Turn }[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) {
    void gate
      .acquire(tokens, freshSignal())
      .then((turn) => entered.push({ at: performance.now() - startedAt, index, turn }));
  }
  return entered;
}

describe('the gate before an endpoint', () => {
  test('lets in as many as there are slots, then one for each that leaves, first come first served', async () => {
    const entered = ask({ concurrency: 2 }, 5, 10);
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toHaveLength(2);
    entered[0]?.turn.release();
    entered[0]?.turn.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(entered.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test("keeps requests a minute: one second's worth at once, then evenly", async () => {
    const entered = ask({ requestsPerMinute: 600 }, 30, 10);
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toHaveLength(10);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(entered).toHaveLength(20);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(entered).toHaveLength(30);
  });

  test("keeps tokens a minute, with calls larger than a second's worth too", async () => {
    const entered = ask({ tokensPerMinute: 60_000 }, 10, 3_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(entered).toHaveLength(10);
    expect(entered.at(-1)?.at).toBeGreaterThanOrEqual(26_000);
    expect(entered.at(-1)?.at).toBeLessThanOrEqual(27_100);
  });

  test('gives back the tokens that a reply did not use', async () => {
    const entered = ask({ concurrency: 1, tokensPerMinute: 60_000 }, 2, 1_000);
    await vi.advanceTimersByTimeAsync(0);
    entered[0]?.turn.release(100);
    await vi.advanceTimersByTimeAsync(150);
    expect(entered).toHaveLength(2);
  });

  test('lets those behind go on when the one that waits is aborted', async () => {
    const gate = createCallGate({ ...unlimited, concurrency: 1 });
    const first = await gate.acquire(1, freshSignal());
    const controller = new AbortController();
    const second = gate.acquire(1, controller.signal);
    const third = gate.acquire(1, freshSignal());
    controller.abort(new Error('paused'));
    await expect(second).rejects.toThrow('paused');
    first.release();
    await expect(third).resolves.toBeDefined();
    await expect(gate.acquire(1, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });
});
