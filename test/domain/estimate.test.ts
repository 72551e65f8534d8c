import { describe, expect, it } from 'vitest';
import { estimate, type EstimateRequest, lengthProfile, maxTokensFor } from '../../src/domain/estimate.ts';

const request: EstimateRequest = {
  notes: 1_000,
  attempts: 3,
  words: 400,
  writer: 'endpoint',
  codesPerNote: 10,
  price: { input: 1, output: 4 },
  concurrency: 10,
  requestsPerMinute: null,
  tokensPerMinute: null,
};

describe('estimate', () => {
  it('counts expected second attempts of a model, and the most calls there can be', () => {
    expect(estimate(request)).toMatchObject({ calls: 1_200, mostCalls: 3_000, outputTokens: 720_000 });
    expect(estimate({ ...request, attempts: 1 }).calls).toBe(1_000);
  });

  it('costs tokens at the prices per million, and nothing for the embedded writer', () => {
    const { inputTokens, outputTokens, cost } = estimate(request);
    expect(cost).toBeCloseTo((inputTokens + 4 * outputTokens) / 1e6);
    expect(estimate({ ...request, writer: 'scaffold' }).cost).toBe(0);
  });

  it('is held back by concurrency and by rate limits', () => {
    expect(estimate({ ...request, concurrency: 5 }).seconds).toBeCloseTo(2 * estimate(request).seconds);
    expect(estimate({ ...request, requestsPerMinute: 10 }).seconds).toBe(7_200);
    const { inputTokens, outputTokens } = estimate(request);
    expect(estimate({ ...request, tokensPerMinute: 1_000 }).seconds).toBeCloseTo((inputTokens + outputTokens) * 0.06);
  });
});

describe('lengthProfile', () => {
  it('takes quantiles by nearest rank', () => {
    expect(lengthProfile([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])).toEqual({
      notes: 10,
      p10: 10,
      median: 50,
      p90: 90,
    });
    expect(lengthProfile([7])).toEqual({ notes: 1, p10: 7, median: 7, p90: 7 });
  });

  it('needs a note', () => {
    expect(() => lengthProfile([])).toThrow(RangeError);
  });
});

it('maxTokensFor leaves room for twice the words asked for', () => {
  expect(maxTokensFor(1_500)).toBe(4_756);
});
