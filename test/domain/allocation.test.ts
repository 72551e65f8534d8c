import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, PAPER_ALLOCATION } from '../../src/domain/allocation.ts';
import type { AllocationPolicy } from '../../src/domain/revision.ts';
import { tierOf } from '../../src/domain/tiers.ts';
import golden from '../fixtures/alloc-golden.json' with { type: 'json' };

const histogram = Object.entries(golden.codesByTrainingCount).map(([count, codes]) => ({
  count: Number(count),
  codes,
}));

function totals(policy: AllocationPolicy) {
  const byTier: Record<string, number> = {};
  let total = 0;
  for (const { count, codes } of histogram) {
    const notes = codes * allocate(count, policy);
    total += notes;
    byTier[tierOf(count)] = (byTier[tierOf(count)] ?? 0) + notes;
  }
  return { total, byTier };
}

describe('allocation on the training frequencies of MIMIC-III', () => {
  it('gives 89,952 notes over 7,908 codes', () => {
    const { total, byTier } = totals(PAPER_ALLOCATION);
    expect(histogram.reduce((sum, { codes }) => sum + codes, 0)).toBe(7_908);
    expect(total).toBe(89_952);
    expect(byTier).toEqual({ 'zero-shot': 11_850, 'few-shot': 61_068, tail: 17_034 });
  });

  it.each([
    ['rounding to the nearest', { rounding: 'round' }, 94_679],
    ['rounding up', { rounding: 'ceil' }, 97_623],
    ['the bare formula for zero-shot codes', { zeroShot: 'formula' }, 81_657],
    ['the bare formula, rounded up', { zeroShot: 'formula', rounding: 'ceil' }, 89_565],
  ] as const)('gives another total with %s', (_, change, expected) => {
    expect(totals({ ...PAPER_ALLOCATION, ...change }).total).toBe(expected);
  });
});

describe('allocate', () => {
  it('follows the published values', () => {
    const counts = [0, 1, 2, 3, 5, 9, 10, 50, 99, 100, 1000];
    expect(counts.map((count) => allocate(count, PAPER_ALLOCATION))).toEqual([50, 13, 12, 12, 10, 9, 9, 6, 5, 5, 3]);
  });

  it('gives the most where the logarithm is not positive', () => {
    const policy = { ...PAPER_ALLOCATION, zeroShot: 'formula', offset: 0 } as const;
    expect(allocate(0, policy)).toBe(50);
    expect(allocate(1, policy)).toBe(50);
    expect(allocate(0, { ...policy, offset: 1 })).toBe(50);
  });

  it('refuses a count that is none', () => {
    expect(() => allocate(-1, PAPER_ALLOCATION)).toThrow(RangeError);
    expect(() => allocate(1.5, PAPER_ALLOCATION)).toThrow(RangeError);
    expect(() => allocate(Number.NaN, PAPER_ALLOCATION)).toThrow(RangeError);
  });

  it('stays within 0 and M, and never gives a rarer code fewer notes', () => {
    const policies = fc.record({
      alpha: fc.double({ min: 0.01, max: 10, noNaN: true }),
      maxPerCode: fc.integer({ min: 1, max: 500 }),
      offset: fc.double({ min: 0, max: 50, noNaN: true }),
      logBase: fc.constantFrom('e', '2', '10'),
      rounding: fc.constantFrom('floor', 'round', 'ceil'),
      zeroShot: fc.constantFrom('max', 'formula'),
    }) as fc.Arbitrary<AllocationPolicy>;
    fc.assert(
      fc.property(policies, fc.nat(10_000), fc.nat(1_000), (policy, count, more) => {
        const rare = allocate(count, policy);
        const common = allocate(count + more, policy);
        expect(rare).toBeGreaterThanOrEqual(common);
        expect(common).toBeGreaterThanOrEqual(0);
        expect(rare).toBeLessThanOrEqual(policy.maxPerCode);
      }),
    );
  });
});
