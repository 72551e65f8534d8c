import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bar, cost, count, duration, progressLine, progressLines } from '../../src/cli/report.ts';
import type { CampaignStatus } from '../../src/domain/status.ts';

const status: CampaignStatus = {
  schemaVersion: 1,
  ledgerId: 'l',
  campaign: 'pilot',
  revision: 1,
  state: 'running',
  reason: null,
  codes: { total: 30, done: 10, rejected: 1, failed: 1, active: 8, pending: 10 },
  notes: { planned: 3_187, accepted: 1_500, rejected: 12, failed: 3, pending: 1_672 },
  llm: { calls: 1_700, inputTokens: 1, outputTokens: 1, cost: 1.5 },
  budget: { cost: null, tokens: null },
  tiers: {
    'few-shot': { codes: 20, planned: 2_000, accepted: 1_500 },
    tail: { codes: 10, planned: 1_187, accepted: 0 },
    head: { codes: 0, planned: 0, accepted: 0 },
  },
  eta: { finishAt: 600_000, notesPerMinute: 180 },
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([
  [0, '0 s'],
  [-5_000, '0 s'],
  [499, '0 s'],
  [42_400, '42 s'],
  [59_499, '59 s'],
  [59_500, '1 min 0 s'],
  [185_000, '3 min 5 s'],
  [3_599_999, '1 h 0 min'],
  [7_800_000, '2 h 10 min'],
  [200 * 3_600_000, '200 h 0 min'],
])('%i ms is %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test.each([
  [0, '0'],
  [0.00123, '0.0012'],
  [0.5, '0.5000'],
  [12.345, '12.35'],
])('money of %d is written %s', (value, words) => {
  expect(cost(value)).toBe(words);
});

test('thousands are set apart', () => {
  expect(count(3_187)).toBe('3,187');
  expect(count(11_849.6)).toBe('11,850');
});

test('a bar is as wide as asked for, whatever the share, and grows with it', () => {
  fc.assert(
    fc.property(fc.double(), fc.double({ noNaN: true }), fc.nat(60), (any, share, width) => {
      expect(Number.isNaN(any) || bar(any, width).length === width).toBe(true);
      expect(filled(bar(share, width))).toBeLessThanOrEqual(filled(bar(share + 0.1, width)));
    }),
  );
  expect(bar(0.5, 4)).toBe('██░░');
  expect(bar(7, 3)).toBe('███');
});

const filled = (drawn: string) => drawn.replaceAll('░', '').length;

describe('progress', () => {
  test('as a view: the whole, the counts, and the tiers that have notes', () => {
    const lines = progressLines(status);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^pilot {2}running {2}█{14}░{16} 1,515\/3,187 notes$/);
    expect(lines[1]).toBe(
      '  1,500 accepted  12 rejected  3 failed  1,700 calls  cost 1.50  180 notes/min  ETA 10 min 0 s',
    );
    expect(lines.slice(2).map((line) => line.replace(/[█░]+/, '|'))).toEqual([
      '  few-shot  | 1,500/2,000 accepted, 20 codes',
      '  tail      | 0/1,187 accepted, 10 codes',
    ]);
  });

  test('as one line for logs', () => {
    expect(progressLine({ ...status, eta: null })).toBe(
      'pilot running: 1,515/3,187 notes, 1,500 accepted, 12 rejected, 3 failed, 1,700 calls, cost 1.50',
    );
  });

  test('says what a waiting campaign waits for', () => {
    const waiting = {
      ...status,
      state: 'waiting',
      reason: 'unauthorized: unauthorized (HTTP 401)',
      eta: null,
    } as const;
    expect(progressLines(waiting).at(-1)).toBe('  waiting: unauthorized: unauthorized (HTTP 401)');
    expect(progressLine(waiting)).toContain('pilot waiting (unauthorized: unauthorized (HTTP 401)): ');
  });

  test('of a campaign without notes draws an empty bar', () => {
    const none = { planned: 0, accepted: 0, rejected: 0, failed: 0, pending: 0 };
    expect(progressLines({ ...status, notes: none, tiers: {} })[0]).toBe(`pilot  running  ${'░'.repeat(30)} 0/0 notes`);
  });
});
