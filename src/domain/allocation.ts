import type { AllocationPolicy } from './revision.ts';

/** The values of arXiv 2511.14112; they give its 89,952 notes on MIMIC-III. */
export const PAPER_ALLOCATION: AllocationPolicy = {
  alpha: 0.5,
  maxPerCode: 50,
  offset: 5,
  logBase: 'e',
  rounding: 'floor',
  zeroShot: 'max',
};

const logarithms = { e: Math.log, '2': Math.log2, '10': Math.log10 };
const roundings = { floor: Math.floor, round: Math.round, ceil: Math.ceil };

/**
 * How many synthetic notes a code gets: n = rounding(min(alpha * M / log(count + offset), M)), and M for a code never seen
 * in training when `zeroShot` is `max` (arXiv 2511.14112, log-inverse allocation).
 *
 * Where log(count + offset) is not positive the formula has no value; the code is as rare as can be and gets M.
 *
 * @param count training notes that carry the code, an integer >= 0
 * @returns an integer in [0, M]
 * @throws RangeError when `count` is not such an integer
 */
export function allocate(count: number, policy: AllocationPolicy): number {
  if (!Number.isInteger(count) || count < 0) throw new RangeError('a training count is an integer of 0 or more');
  if (count === 0 && policy.zeroShot === 'max') return policy.maxPerCode;
  const rarity = logarithms[policy.logBase](count + policy.offset);
  if (!(rarity > 0)) return policy.maxPerCode;
  return roundings[policy.rounding](Math.min((policy.alpha * policy.maxPerCode) / rarity, policy.maxPerCode));
}
