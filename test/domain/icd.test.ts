import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { codeKey, compareCodes, normaliseCode, parseCodeKey } from '../../src/domain/icd.ts';
import type { Code, CodeSystem, CodeType } from '../../src/domain/icd.ts';

const spelt = (system: CodeSystem, type: CodeType, raw: string): string => {
  const result = normaliseCode(system, type, raw);
  return 'code' in result ? result.code.code : `malformed: ${result.malformed}`;
};

const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`));
const anyCode: fc.Arbitrary<Code> = fc.oneof(
  fc
    .stringMatching(/^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$/)
    .map((code): Code => ({ system: 'icd10cm', type: 'dx', code })),
  fc.stringMatching(/^[0-9A-HJ-NP-Z]{7}$/).map((code): Code => ({ system: 'icd10cm', type: 'px', code })),
  fc.stringMatching(/^(\d{3}|V\d{2})(\.\d{1,2})?$/).map((code): Code => ({ system: 'icd9cm', type: 'dx', code })),
  fc.stringMatching(/^E\d{3}(\.\d)?$/).map((code): Code => ({ system: 'icd9cm', type: 'dx', code })),
  fc
    .tuple(digits(2, 2), digits(1, 2))
    .map(([stem, rest]): Code => ({ system: 'icd9cm', type: 'px', code: `${stem}.${rest}` })),
);

describe('the canonical spelling of a code', () => {
  test.each([
    ['icd10cm', 'dx', 'e7521', 'E75.21'],
    ['icd10cm', 'dx', ' E75.21 ', 'E75.21'],
    ['icd10cm', 'dx', 'I10.', 'I10'],
    ['icd10cm', 'dx', 's02.5xx', 'S02.5XX'],
    ['icd10cm', 'dx', 'X58XXXA', 'X58.XXXA'],
    ['icd10cm', 'dx', 'C7A00', 'C7A.00'],
    ['icd10cm', 'dx', 'QA00101', 'QA0.0101'],
    ['icd10cm', 'px', '0tjb8zz', '0TJB8ZZ'],
    ['icd10cm', 'px', 'BN20', 'BN20'],
    ['icd9cm', 'dx', '4019', '401.9'],
    ['icd9cm', 'dx', '042', '042'],
    ['icd9cm', 'dx', 'V3001', 'V30.01'],
    ['icd9cm', 'dx', 'E8800', 'E880.0'],
    ['icd9cm', 'px', '4019', '40.19'],
    ['icd9cm', 'px', '0066', '00.66'],
  ] as const)('in %s %s, %j is %s', (system, type, raw, code) => {
    expect(spelt(system, type, raw)).toBe(code);
  });

  test.each([
    ['icd10cm', 'dx', ''],
    ['icd10cm', 'dx', ' . '],
    ['icd10cm', 'dx', 'E7.521'],
    ['icd10cm', 'dx', 'E75.2.1'],
    ['icd10cm', 'dx', 'E75.21000'],
    ['icd10cm', 'dx', '401.9'],
    ['icd10cm', 'dx', 'E75-E78'],
    ['icd10cm', 'dx', 'FEVER'],
    ['icd10cm', 'px', '0TJB8ZO'],
    ['icd10cm', 'px', '0T.JB8ZZ'],
    ['icd9cm', 'dx', '42'],
    ['icd9cm', 'dx', 'E88.00'],
    ['icd9cm', 'dx', '401.955'],
    ['icd9cm', 'px', '401.9'],
  ] as const)('in %s %s, %j is malformed', (system, type, raw) => {
    expect(normaliseCode(system, type, raw)).toHaveProperty('malformed');
  });

  test('a reason never quotes what was written in place of a code', () => {
    expect(JSON.stringify(normaliseCode('icd10cm', 'dx', 'Mr. Canary has fever'))).not.toMatch(/canary/i);
  });

  test('is its own canonical spelling', () => {
    fc.assert(
      fc.property(anyCode, (code) => {
        expect(normaliseCode(code.system, code.type, code.code)).toEqual({ code });
      }),
    );
  });

  test('is found from the undotted lower-case form', () => {
    fc.assert(
      fc.property(anyCode, (code) => {
        expect(normaliseCode(code.system, code.type, code.code.replace('.', '').toLowerCase())).toEqual({ code });
      }),
    );
  });
});

describe('a code key', () => {
  test('goes back to its code', () => {
    fc.assert(
      fc.property(anyCode, (code) => {
        expect(parseCodeKey(codeKey(code))).toEqual(code);
      }),
    );
  });

  test('keeps the diagnosis and the procedure written 4019 apart', () => {
    const keys = (['dx', 'px'] as const).map((type) => {
      const result = normaliseCode('icd9cm', type, '4019');
      return 'code' in result ? codeKey(result.code) : null;
    });
    expect(keys).toEqual(['icd9cm/dx/401.9', 'icd9cm/px/40.19']);
  });

  test.each(['', 'E75.21', 'icd11/dx/E75.21', 'icd10cm/dx/e75.21', 'icd10cm/dx/E7521', 'icd10cm/dx/E75.21/x'])(
    '%j is none',
    (key) => {
      expect(() => parseCodeKey(key)).toThrow(/not a code key/);
    },
  );

  test('orders codes totally, by system, type and code', () => {
    fc.assert(
      fc.property(anyCode, anyCode, (a, b) => {
        expect(compareCodes(a, b) + compareCodes(b, a)).toBe(0);
        expect(compareCodes(a, b) === 0).toBe(codeKey(a) === codeKey(b));
      }),
    );
  });
});
