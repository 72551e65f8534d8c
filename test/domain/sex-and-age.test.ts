import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { type CodeSystem, normaliseCode } from '../../src/domain/icd.ts';
import { type SexAndAge, sexAndAge } from '../../src/domain/sex-and-age.ts';
import { testData } from '../support/test-data.ts';

const of = (system: CodeSystem, code: string): SexAndAge => sexAndAge({ system, type: 'dx', code });

test.each([
  ['icd10cm', 'C61', 'M', null],
  ['icd10cm', 'C53.9', 'F', null],
  ['icd10cm', 'C50.411', 'F', null],
  ['icd10cm', 'C50.421', 'M', null],
  ['icd10cm', 'O14.12', 'F', { min: 12, max: 55 }],
  ['icd10cm', 'P07.30', null, { min: 0, max: 0 }],
  ['icd10cm', 'P27.1', null, null],
  ['icd10cm', 'N40.0', 'M', { min: 15, max: 124 }],
  ['icd10cm', 'N92.2', 'F', { min: 0, max: 17 }],
  ['icd10cm', 'N92.0', 'F', null],
  ['icd10cm', 'E75.21', null, null],
  ['icd10cm', 'S31.20XA', 'M', null],
  ['icd9cm', '600.00', 'M', { min: 15, max: 124 }],
  ['icd9cm', 'V22.0', 'F', { min: 12, max: 55 }],
  ['icd9cm', '765.10', null, { min: 0, max: 0 }],
  ['icd9cm', '401.9', null, null],
] as const)('in %s, %s allows sex %s and ages %j', (system, code, sex, ageRange) => {
  expect(of(system, code)).toEqual({ sex, ageRange });
});

test('a procedure says nothing, though its code looks like a diagnosis', () => {
  expect(sexAndAge({ system: 'icd9cm', type: 'px', code: '60.0' })).toEqual({ sex: null, ageRange: null });
});

const EDITS: Record<string, (found: SexAndAge) => boolean> = {
  Female_Only: ({ sex }) => sex === 'F',
  Male_Only: ({ sex }) => sex === 'M',
  Newborn_Only: ({ ageRange }) => ageRange?.min === 0 && ageRange.max === 0,
  Pediatric_Only: ({ ageRange }) => ageRange?.min === 0 && ageRange.max === 17,
  Maternity_Only: ({ sex, ageRange }) => sex === 'F' && ageRange?.min === 12 && ageRange.max === 55,
  Adult_Only: ({ ageRange }) => ageRange?.min === 15,
};

const lists = {
  icd10cm: testData('mce/MCE_Simple_Code_Edits_v37.txt'),
  icd9cm: testData('mce/MCE_Simple_Code_Edits_v32.txt'),
};

test.each(['icd10cm', 'icd9cm'] as const)('every edit of the Medicare Code Editor is kept in %s', (system) => {
  const file = lists[system];
  if (file === null) return;
  const rows = readFileSync(file, 'latin1')
    .split(/\r?\n/)
    .map((line) => line.split('\t'))
    .filter((row) => row[5] === 'D' && row[4]! in EDITS);
  expect(rows.length).toBeGreaterThan(3_000);
  const broken = rows.filter(([, , , , edit, , raw]) => {
    const result = normaliseCode(system, 'dx', raw!);
    return !('code' in result) || !EDITS[edit!]!(sexAndAge(result.code));
  });
  // The editor counts one code as both maternal and adult; the narrower range is kept.
  expect(broken.map(([, , , , edit, , code]) => `${edit} ${code}`)).toEqual(
    system === 'icd9cm' ? ['Adult_Only V2385'] : [],
  );
});
