import { describe, expect, it } from 'vitest';
import { PAPER_ALLOCATION } from '../../src/domain/allocation.ts';
import type { Code } from '../../src/domain/icd.ts';
import { planTargets, type PlanRequest } from '../../src/domain/plan.ts';
import { terminologyOf } from '../support/terminology.ts';

const dx = (code: string): Code => ({ system: 'icd10cm', type: 'dx', code });
const counts = new Map([
  ['icd10cm/dx/I10', 1_200],
  ['icd10cm/dx/E11.9', 150],
  ['icd10cm/dx/N18.4', 40],
  ['icd10cm/dx/N18.31', 9],
  ['icd10cm/dx/E75.22', 1],
  ['icd10cm/dx/A00.0', 1],
  ['icd10cm/dx/N18.23', 2],
  ['icd10cm/px/0TJB', 2],
]);

function plan(change: Partial<PlanRequest> = {}) {
  return planTargets({
    counts,
    selection: { tiers: ['zero-shot', 'few-shot', 'tail'], limit: null },
    named: [],
    allocation: PAPER_ALLOCATION,
    maxRung: 'block',
    terminologyOf,
    ...change,
  });
}

const rows = (result: ReturnType<typeof plan>) =>
  result.targets.map(({ code, tier, trainingCount, notes }) => `${code.code} ${tier} ${trainingCount} ${notes}`);

describe('planTargets', () => {
  it('plans the tiers asked for, rarest first, then by code', () => {
    const result = plan();
    expect(rows(result)).toEqual([
      'A00.0 few-shot 1 13',
      'E75.22 few-shot 1 13',
      'N18.31 few-shot 9 9',
      'N18.4 tail 40 6',
    ]);
    expect(result.notes).toBe(41);
    expect(result.tiers.map(({ tier, codes, notes }) => [tier, codes, notes])).toEqual([
      ['zero-shot', 0, 0],
      ['few-shot', 3, 35],
      ['tail', 1, 6],
      ['medium', 0, 0],
      ['head', 0, 0],
    ]);
  });

  it('lists the codes that no table describes', () => {
    expect(
      plan().unplanned.map(({ code, reason, trainingCount }) => [code.type, code.code, reason, trainingCount]),
    ).toEqual([
      ['dx', 'N18.23', 'no-knowledge', 2],
      ['px', '0TJB', 'no-knowledge', 2],
    ]);
  });

  it('adds named codes, whatever their tier', () => {
    const result = plan({ selection: { tiers: [], limit: null }, named: [dx('I10'), dx('E75.21'), dx('E75.21')] });
    expect(rows(result)).toEqual(['E75.21 zero-shot 0 50', 'I10 head 1200 3']);
  });

  it('lists a zero-shot code with no relative in the corpus, and goes on', () => {
    const result = plan({ named: [dx('Q87.11'), dx('E75.21')] });
    expect(result.unplanned).toContainEqual({ code: dx('Q87.11'), reason: 'no-relative', trainingCount: 0 });
    expect(rows(result)[0]).toBe('E75.21 zero-shot 0 50');
  });

  it('counts what the limit cuts off', () => {
    const result = plan({ selection: { tiers: ['few-shot', 'tail'], limit: 3 } });
    expect(result.targets).toHaveLength(3);
    expect(result.beyondLimit).toBe(1);
    expect(result.notes).toBe(35);
  });

  it('lists a code that the allocation gives nothing', () => {
    const result = plan({
      allocation: { ...PAPER_ALLOCATION, alpha: 0.01 },
      selection: { tiers: ['tail'], limit: null },
    });
    expect(result.unplanned).toEqual([{ code: dx('N18.4'), reason: 'no-allocation', trainingCount: 40 }]);
  });
});
