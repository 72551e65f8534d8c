import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { relatives, RUNGS, rungBetween, titleLikeness } from '../../src/domain/relatives.ts';
import { excerptOf } from '../support/terminology.ts';

const icd10 = excerptOf('icd10cm');
const icd9 = excerptOf('icd9cm');

describe('the rung between a target and a relative', () => {
  test.each([
    ['E75.21', 'E75.22', 'sibling'],
    ['E75.21', 'E75.01', 'cousin'],
    ['E75.21', 'E70.0', 'block'],
    ['E75.21', 'E11.9', 'chapter'],
    ['E75.21', 'I10', null],
    ['E75.21', 'E75.21', null],
    ['E75.21', 'BLK:E70-E88', null],
    ['E75.21', 'Q99.9', null],
    ['S02.5XXA', 'S02.5XXD', 'sibling'],
    ['N19', 'N17.9', 'block'],
  ] as const)('%s and %s: %s', (target, other, rung) => {
    expect(rungBetween(icd10, target, other)).toBe(rung);
  });

  test('counts parent, child and another spelling of the target as siblings, its further line as cousins', () => {
    expect(rungBetween(icd10, 'N18.31', 'N18.3')).toBe('sibling');
    expect(rungBetween(icd10, 'N18.3', 'N18.31')).toBe('sibling');
    expect(rungBetween(icd10, 'S02.5', 'S02.5XX')).toBe('sibling');
    expect(rungBetween(icd10, 'N18.31', 'N18')).toBe('cousin');
  });

  test('two categories are at nearest relatives of the block, or of the chapter where there is no block', () => {
    expect(rungBetween(icd10, 'N19', 'N17.9')).toBe('block');
    expect(rungBetween(icd9, '401.9', '403.91')).toBe('block');
    expect(rungBetween(icd9, '280.0', '280.9')).toBe('sibling');
  });

  test('is the same in both directions', () => {
    const codes = [...icd10.descendants('CH04'), ...icd10.descendants('CH14')].map(({ code }) => code);
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.constantFrom(...codes), (a, b) => {
        expect(rungBetween(icd10, a, b)).toBe(rungBetween(icd10, b, a));
      }),
    );
  });
});

describe('the ladder of relatives', () => {
  test('climbs from the nearest rung, the most alike title first', () => {
    expect([
      ...relatives(icd10, 'N18.31', ['N40.0', 'N18.31', 'N17.9', 'N18.2', 'I10', 'N18.30', 'N19', 'N18.32']),
    ]).toEqual([
      { rung: 'sibling', code: 'N18.32' },
      { rung: 'sibling', code: 'N18.30' },
      { rung: 'cousin', code: 'N18.2' },
      { rung: 'block', code: 'N19' },
      { rung: 'block', code: 'N17.9' },
      { rung: 'chapter', code: 'N40.0' },
    ]);
  });

  test('keeps the spelling of the codes it chooses from', () => {
    expect([...relatives(icd10, 'S02.5', ['S02.5XX', 'S02.0XX'])].map(({ code }) => code)).toEqual([
      'S02.5XX',
      'S02.0XX',
    ]);
  });

  test('does not depend on the order of the codes it chooses from, and offers each once', () => {
    const codes = [...icd10.descendants('CH04')].map(({ code }) => code);
    fc.assert(
      fc.property(fc.shuffledSubarray(codes), fc.constantFrom(...codes), (some, target) => {
        const found = [...relatives(icd10, target, some)];
        expect(found).toEqual([...relatives(icd10, target, some.toSorted())]);
        expect(new Set(found.map(({ code }) => code)).size).toBe(found.length);
        const rungs = found.map(({ rung }) => RUNGS.indexOf(rung));
        expect(rungs).toEqual(rungs.toSorted((a, b) => a - b));
      }),
    );
  });

  test('offers all codes of the chapter when nothing is given to choose from', () => {
    const [first] = relatives(icd10, 'E75.22');
    expect(first?.rung).toBe('sibling');
    expect([...relatives(icd10, 'E75.22')].every(({ code }) => icd10.find(code)?.kind === 'code')).toBe(true);
  });

  test('is empty for an unknown target', () => {
    expect([...relatives(icd10, 'Q99.9', ['E75.21'])]).toEqual([]);
  });
});

test('titles are alike by the share of their words in common', () => {
  expect(titleLikeness('Gaucher disease', 'Krabbe disease')).toBeCloseTo(1 / 3);
  expect(titleLikeness('Krabbe disease', 'KRABBE (disease)')).toBe(1);
  expect(titleLikeness('', '')).toBe(0);
});
