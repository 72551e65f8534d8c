import { expect, it } from 'vitest';
import { planTable } from '../../src/cli/plan-table.ts';
import { PAPER_ALLOCATION } from '../../src/domain/allocation.ts';
import { planTargets } from '../../src/domain/plan.ts';
import { terminologyOf } from '../support/terminology.ts';

const estimate = { calls: 112, mostCalls: 336, inputTokens: 120_000, outputTokens: 45_000, cost: 1.5, seconds: 190 };

it('shows tiers with bars, what gets no notes and why, and what it will take', () => {
  const plan = planTargets({
    counts: new Map([
      ['icd10cm/dx/N18.31', 9],
      ['icd10cm/dx/E75.22', 1],
      ['icd10cm/dx/N18.4', 40],
      ['icd10cm/dx/N18.5', 41],
      ['icd10cm/dx/N18.23', 2],
      ['icd10cm/px/0TJB', 2],
    ]),
    selection: { tiers: ['few-shot', 'tail'], limit: 4 },
    named: ['E75.21', 'Q87.11'].map((code) => ({ system: 'icd10cm', type: 'dx', code })),
    allocation: PAPER_ALLOCATION,
    maxRung: 'block',
    terminologyOf,
  });
  expect(planTable('pilot', plan, estimate).join('\n')).toMatchInlineSnapshot(`
    "campaign pilot: 78 notes for 4 codes

      tier        codes    each     notes
      zero-shot       1      50        50  ██████████████████████████████
      few-shot        2    9-13        22  █████████████░░░░░░░░░░░░░░░░░
      tail            1       6         6  ████░░░░░░░░░░░░░░░░░░░░░░░░░░

    not planned: 1 code never seen, with no relative in the corpus up to substitution.maxRung (Q87.11)
    not planned: 1 code that no code table at hand describes (N18.23)
    not planned: 1 code of procedures, for which there is no table (0TJB)
    not planned: 1 code beyond targets.limit
    expected: 112 calls (at most 336), 120,000 tokens in, 45,000 out, cost 1.50, about 3 min 10 s"
  `);
});
