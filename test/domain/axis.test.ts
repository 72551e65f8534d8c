import fc from 'fast-check';
import { expect, test } from 'vitest';

import { sameAxis } from '../../src/domain/axis.ts';
import { excerptOf } from '../support/terminology.ts';

const icd10 = excerptOf('icd10cm');
const icd9 = excerptOf('icd9cm');

test.each([
  ['N18.31', 'N18.32', 'stage'],
  ['N18.2', 'N18.31', 'stage'],
  ['N18.5', 'N18.6', 'stage'],
  ['N18.9', 'N18.4', 'stage'],
  ['L89.150', 'L89.152', 'stage'],
  ['H35.3111', 'H35.3112', 'stage'],
  ['C82.01', 'C82.01', null],
  ['M17.11', 'M17.12', 'side'],
  ['M17.0', 'M17.11', 'side'],
  ['H25.11', 'H25.13', 'side'],
  ['C34.11', 'C34.12', 'side'],
  ['S52.501A', 'S52.502A', 'side'],
  ['S52.501A', 'S52.509A', 'side'],
  ['S02.5XXA', 'S02.5XXD', 'episode'],
  ['S52.501A', 'S52.501B', 'episode'],
  ['J45.20', 'J45.30', 'severity'],
  ['F32.0', 'F32.1', 'severity'],
  ['F70', 'F71', 'severity'],
  ['C91.00', 'C91.01', 'remission'],
  ['T40.1X1A', 'T40.1X2A', 'intent'],
  ['O14.12', 'O14.13', 'trimester'],
  ['Z3A.20', 'Z3A.30', 'gestation'],
  ['E11.321', 'E11.329', 'presence'],
  ['G40.901', 'G40.911', 'presence'],
] as const)('in ICD-10-CM, %s and %s: %s', (a, b, axis) => {
  expect(sameAxis(icd10, a, b)).toEqual(axis === null ? null : { axis });
});

test.each([
  ['585.1', '585.3', 'stage'],
  ['585.5', '585.6', 'stage'],
  ['403.10', '403.11', 'stage'],
  ['707.21', '707.25', 'stage'],
  ['410.00', '410.01', 'episode'],
  ['410.01', '410.02', 'episode'],
  ['250.00', '250.01', 'type'],
  ['250.00', '250.02', 'control'],
  ['204.00', '204.01', 'remission'],
  ['345.00', '345.01', 'presence'],
  ['401.0', '401.1', null],
] as const)('in ICD-9-CM, %s and %s: %s', (a, b, axis) => {
  expect(sameAxis(icd9, a, b)).toEqual(axis === null ? null : { axis });
});

test.each([
  ['E75.21', 'E75.22', 'other diseases'],
  ['A00.0', 'A00.1', 'other organisms'],
  ['A00.0', 'A00.9', 'a kind and the unspecified rest'],
  ['C50.411', 'C50.421', 'the sexes'],
  ['S52.501A', 'S52.502D', 'two axes at once'],
  ['N18.3', 'N18.31', 'a code and its own subdivision'],
  ['M17.11', 'M17.31', 'causes on the same side'],
  ['E10.9', 'E11.9', 'other categories'],
  ['N18.31', 'Q99.9', 'an unknown code'],
])('%s and %s are no values of one axis: %s', (a, b) => {
  expect(sameAxis(icd10, a, b)).toBeNull();
});

test('the order of the two codes makes no difference', () => {
  const codes = [...icd10.descendants('N18'), ...icd10.descendants('M17'), ...icd10.descendants('F32')].map(
    ({ code }) => code,
  );
  fc.assert(
    fc.property(fc.constantFrom(...codes), fc.constantFrom(...codes), (a, b) => {
      expect(sameAxis(icd10, a, b)).toEqual(sameAxis(icd10, b, a));
    }),
  );
});
