import { expect, test } from 'vitest';
import { createCardOf } from '../../src/activities/knowledge.ts';
import type { Code } from '../../src/domain/icd.ts';
import { dx } from '../support/ledger-fixture.ts';
import { excerptOf } from '../support/terminology.ts';

const icd10cm = excerptOf('icd10cm');
const cardOf = createCardOf((system, type) => (system === 'icd10cm' && type === 'dx' ? icd10cm : null));

test('the card of a code is made once', () => {
  expect(cardOf(dx('E75.22')).title).toBe('Gaucher disease');
  expect(cardOf(dx('E75.22'))).toBe(cardOf({ ...dx('E75.22') }));
});

test('a card carries the code alone, whatever else is known of what was asked for', () => {
  const target = { ...dx('E75.23'), campaign: 'pilot', round: 2 };
  expect(cardOf(target).code).toEqual(dx('E75.23'));
});

test.each<[string, Code]>([
  ['its table does not hold it', dx('E75.99')],
  ['it names a block', dx('E70-E88')],
  ['no table of its kind is at hand', { system: 'icd10cm', type: 'px', code: '0TJB8ZZ' }],
])('a code has no card where %s', (_, code) => {
  const key = `icd10cm/${code.type}/${code.code}`;
  expect(() => cardOf(code)).toThrow(expect.objectContaining({ type: 'knowledge-missing', facts: { where: key } }));
});

test("a category and block of the same name give the category's card", () => {
  expect(cardOf(dx('C50')).title).toBe('Malignant neoplasm of breast');
});
