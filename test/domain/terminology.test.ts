import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createTerminology } from '../../src/domain/terminology.ts';
import { excerptOf } from '../support/terminology.ts';

const icd10 = excerptOf('icd10cm');
const icd9 = excerptOf('icd9cm');
const codesOf = (entries: Iterable<{ code: string }>): string[] => [...entries].map(({ code }) => code);

describe('finding a code', () => {
  test('gives its title, notes and place', () => {
    expect(icd10.find('N18.6')).toMatchObject({
      title: 'End stage renal disease',
      kind: 'code',
      parent: 'N18',
      leaf: true,
      inclusionTerms: ['Chronic kidney disease requiring chronic dialysis'],
      useAdditional: ['code to identify dialysis status (Z99.2)'],
    });
  });

  test('keeps a block apart from the category of the same name', () => {
    expect(icd10.find('B20')).toMatchObject({ kind: 'code', parent: 'BLK:B20' });
    expect(icd10.find('BLK:B20')).toMatchObject({ kind: 'block', parent: 'CH01' });
    expect(codesOf(icd10.ancestors('B20'))).toEqual(['BLK:B20', 'CH01']);
  });

  test('makes codes with a 7th character, filled up with placeholders', () => {
    expect(icd10.find('S02.5XXA')).toMatchObject({
      title: 'Fracture of tooth (traumatic), initial encounter for closed fracture',
      parent: 'S02.5',
      leaf: true,
    });
    expect(icd10.find('X58.XXXD')?.title).toBe('Exposure to other specified factors, subsequent encounter');
    expect(icd10.find('H35.3112')?.parent).toBe('H35.311');
    expect(icd10.find('S02.5')?.leaf).toBe(false);
  });

  test('gives a 7th character its own inclusion terms', () => {
    expect(icd10.find('S52.501B')?.inclusionTerms).toEqual([
      'Unspecified fracture of the lower end of right radius, initial encounter for open fracture NOS',
    ]);
  });

  test.each(['S02.5XXZ', 'S02.5A', 'E75.21XA', 'Q99.9', '', 'XXX', 'S02.5XX'])('%j is not in the table', (code) => {
    expect(icd10.find(code)).toBeUndefined();
  });

  test('has CMS short titles in ICD-9-CM', () => {
    expect(icd9.find('401.9')).toMatchObject({
      title: 'Unspecified essential hypertension',
      shortTitle: 'Hypertension NOS',
    });
  });
});

describe('resolving a code that was cut short', () => {
  test.each([
    ['S02.5XX', 'S02.5'],
    ['S02.5X', 'S02.5'],
    ['X58.XXX', 'X58'],
    ['H40.113X', 'H40.113'],
  ])('%s stands for %s', (code, base) => {
    expect(icd10.resolve(code)).toMatchObject({ entry: { code: base }, how: 'placeholder' });
  });

  test('prefers the exact code, also where it ends in a placeholder', () => {
    expect(icd10.resolve('S06.0X')).toMatchObject({ entry: { code: 'S06.0X' }, how: 'exact' });
    expect(icd10.resolve('O40.9XX0')).toMatchObject({ entry: { code: 'O40.9XX0' }, how: 'exact' });
  });

  test('does not guess: an unknown code stays unknown', () => {
    expect(icd10.resolve('S02.5XXZ')).toBeUndefined();
    expect(icd10.resolve('Q99.9X')).toBeUndefined();
  });
});

describe('the hierarchy', () => {
  test('leads from a code to its category, block and chapter', () => {
    expect(codesOf(icd10.ancestors('S02.5XXA'))).toEqual(['S02.5', 'S02', 'BLK:S00-S09', 'CH19']);
    expect(icd10.category('E75.21')?.code).toBe('E75');
    expect(icd10.category('E75')?.code).toBe('E75');
    expect(icd10.block('E75.21')?.code).toBe('BLK:E70-E88');
    expect(icd10.chapter('E75.21')?.code).toBe('CH04');
    expect(icd10.category('CH04')).toBeUndefined();
  });

  test('has no block where ICD-9-CM has none', () => {
    expect(codesOf(icd9.ancestors('280.0'))).toEqual(['280', 'CH04']);
    expect(icd9.block('280.0')).toBeUndefined();
    expect(icd9.category('E880.0')?.code).toBe('E880');
  });

  test('gives siblings with the same parent, through the 7th character too', () => {
    expect(codesOf(icd10.siblings('N18.31'))).toEqual(['N18.30', 'N18.32']);
    expect(codesOf(icd10.siblings('S02.5XXA'))).toEqual(['S02.5XXB', 'S02.5XXD', 'S02.5XXG', 'S02.5XXK', 'S02.5XXS']);
    expect(icd10.siblings('CH01')).toEqual([]);
  });

  test('is the same for a code with placeholders as for the code it stands for', () => {
    expect(icd10.children('S02.5XX')).toEqual(icd10.children('S02.5'));
    expect(icd10.isDescendant('S02.5XX', 'S02')).toBe(true);
  });

  test('says nothing of an unknown code', () => {
    expect(icd10.children('Q99.9')).toEqual([]);
    expect(icd10.ancestors('Q99.9')).toEqual([]);
    expect(icd10.isDescendant('Q99.9', 'CH01')).toBe(false);
    expect([...icd10.descendants('Q99.9')]).toEqual([]);
  });

  test('holds together: parents and children agree, and every descendant lies below', () => {
    for (const term of [icd10, icd9]) {
      const chapters = [...Array(22).keys()]
        .map((i) => `CH${String(i + 1).padStart(2, '0')}`)
        .filter((code) => term.find(code));
      const all = chapters.flatMap((chapter) => [...term.descendants(chapter)]);
      expect(all.length).toBeGreaterThan(20);
      fc.assert(
        fc.property(fc.constantFrom(...all), fc.constantFrom(...all), (a, b) => {
          expect(a.kind).toBe('code');
          expect(term.find(a.code)).toEqual(a);
          expect(codesOf(term.children(a.parent ?? ''))).toContain(a.code);
          expect(a.leaf).toBe(term.children(a.code).length === 0);
          const below = codesOf(term.ancestors(a.code)).includes(b.code);
          expect(term.isDescendant(a.code, b.code)).toBe(below);
          expect(codesOf(term.descendants(b.code)).includes(a.code)).toBe(below);
        }),
      );
    }
  });

  test('refuses a table whose rows are out of order', () => {
    const table = { format: 1, system: 'icd9cm', type: 'dx', release: 'wrong', sources: [] } as const;
    const rows = { codes: ['401', 'CH01'], kinds: '.c', titles: ['', ''], parents: [1, -1] };
    const rest = { shortTitles: [], notes: {}, extensionSets: [], extensions: [] };
    expect(() => createTerminology({ ...table, ...rows, ...rest })).toThrow(/row 0 comes before its parent/);
  });
});
