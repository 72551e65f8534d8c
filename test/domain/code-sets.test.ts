import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnchorNote, composeSets, type CompositionRequest } from '../../src/domain/code-sets.ts';
import { type Code, codeKey } from '../../src/domain/icd.ts';
import { icd10cm, terminologyOf } from '../support/terminology.ts';

const dx = (code: string): Code => ({ system: 'icd10cm', type: 'dx', code });
const codesOf = (codes: readonly Code[]): string[] => codes.map(({ code }) => code);

const clone: AnchorNote = {
  noteId: 'n1',
  strategy: 'clone',
  rung: null,
  sibling: null,
  codes: ['I10', 'E75.21', 'N18.32', 'N18.3'].map(dx),
  sex: 'F',
  age: 60,
};
const substitute: AnchorNote = {
  ...clone,
  strategy: 'substitute',
  rung: 'sibling',
  sibling: dx('N18.32'),
  codes: ['I10', 'N18.32', 'N18.3', 'N18.4', 'E11.22'].map(dx),
};

function compose(change: Partial<CompositionRequest> = {}) {
  return composeSets({
    target: dx('E75.21'),
    ordinals: [1],
    anchors: [clone],
    examples: [],
    terminologyOf,
    card: { sex: null, ageRange: null },
    mode: 'cleaned',
    seed: 1,
    ...change,
  });
}

describe('a cloned code set', () => {
  it('holds every code of the anchor, the target first', () => {
    const [set] = compose();
    expect(codesOf(set!.codes)).toEqual(['E75.21', 'I10', 'N18.32', 'N18.3']);
    expect(set).toMatchObject({ ordinal: 1, strategy: 'clone', anchor: 'n1', rung: null, sibling: null, dropped: [] });
  });

  it('leaves out codes that no table describes, and says so', () => {
    const procedure: Code = { system: 'icd10cm', type: 'px', code: '0TJB' };
    const [set] = compose({ anchors: [{ ...clone, codes: [...clone.codes, dx('N18.23'), procedure] }] });
    expect(codesOf(set!.codes)).toEqual(['E75.21', 'I10', 'N18.32', 'N18.3']);
    expect(set!.dropped).toEqual([
      { code: dx('N18.23'), reason: 'no-knowledge' },
      { code: procedure, reason: 'no-knowledge' },
    ]);
  });
});

describe('a substituted code set', () => {
  const request = { target: dx('N18.31'), anchors: [substitute] };

  it('drops what the target makes wrong in mode cleaned', () => {
    const [set] = compose(request);
    expect(codesOf(set!.codes)).toEqual(['N18.31', 'I10', 'E11.22']);
    expect(set!.dropped.map(({ code, reason }) => [code.code, reason])).toEqual([
      ['N18.32', 'swapped'],
      ['N18.3', 'ancestor'],
      ['N18.4', 'same-axis'],
    ]);
    expect(set).toMatchObject({ strategy: 'substitute', rung: 'sibling', sibling: dx('N18.32') });
  });

  it('keeps every comorbidity in mode paper', () => {
    const [set] = compose({ ...request, mode: 'paper' });
    expect(codesOf(set!.codes)).toEqual(['N18.31', 'I10', 'N18.3', 'N18.4', 'E11.22']);
    expect(set!.dropped).toEqual([{ code: dx('N18.32'), reason: 'swapped' }]);
  });

  it('drops descendants of the target, and the target in another spelling', () => {
    const anchor = { ...substitute, sibling: dx('S02.6'), codes: ['S02.6', 'S02.5XXA', 'S02.5XX', 'I10'].map(dx) };
    const [set] = compose({ target: dx('S02.5'), anchors: [anchor] });
    expect(set!.dropped.map(({ code, reason }) => [code.code, reason])).toEqual([
      ['S02.6', 'swapped'],
      ['S02.5XXA', 'descendant'],
      ['S02.5XX', 'duplicate'],
    ]);
  });
});

describe('composeSets', () => {
  it('rotates over the anchors', () => {
    const anchors = ['a', 'b', 'c'].map((noteId) => ({ ...clone, noteId }));
    expect(compose({ anchors, ordinals: [1, 2, 3, 4, 5] }).map((set) => set.anchor)).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  it('needs an anchor', () => {
    expect(() => compose({ anchors: [] })).toThrow(RangeError);
  });

  it('shows up to two examples in their order, never the anchor itself', () => {
    const sets = compose({ ordinals: [1, 2, 3, 4, 5, 6], examples: ['n1', 'n2', 'n3', 'n4'] });
    for (const { examples } of sets) {
      expect(examples).toHaveLength(2);
      expect(examples).not.toContain('n1');
      expect([...examples].sort()).toEqual(examples);
    }
    expect(compose({ examples: ['n1'] })[0]!.examples).toEqual([]);
  });

  it('takes sex and age from the anchor, within what the target allows', () => {
    expect(compose({ card: { sex: 'M', ageRange: { min: 70, max: 90 } } })[0]).toMatchObject({ sex: 'M', age: 70 });
    expect(compose({ anchors: [{ ...clone, sex: null, age: null }] })[0]).toMatchObject({ sex: null, age: null });
  });

  it('keeps the age within what the co-codes allow too', () => {
    const pregnant = { ...clone, codes: ['E75.21', 'O24.410'].map(dx), age: 55 };
    for (const { age } of compose({ anchors: [pregnant], ordinals: [1, 2, 3, 4, 5, 6, 7, 8] }))
      expect(age).toBeLessThanOrEqual(55);
  });

  it('moves an adult age by three years at most, a newborn not at all, and nobody past 90', () => {
    const ages = (age: number) =>
      compose({ ordinals: Array.from({ length: 40 }, (_, index) => index + 1), anchors: [{ ...clone, age }] }).map(
        (set) => set.age!,
      );
    expect(new Set(ages(60))).toEqual(new Set([57, 58, 59, 60, 61, 62, 63]));
    expect(new Set(ages(0))).toEqual(new Set([0]));
    expect(Math.max(...ages(17))).toBe(17);
    expect(Math.min(...ages(18))).toBe(18);
    expect(Math.max(...ages(105))).toBe(90);
  });

  it('gives each ordinal the same set however the work is split', () => {
    const anchors = ['a', 'b'].map((noteId) => ({ ...clone, noteId }));
    const whole = compose({ anchors, ordinals: [1, 2, 3], examples: ['x', 'y', 'z'] });
    const parts = [3, 1, 2].flatMap((ordinal) => compose({ anchors, ordinals: [ordinal], examples: ['x', 'y', 'z'] }));
    expect(parts.sort((left, right) => left.ordinal - right.ordinal)).toEqual(whole);
    expect(compose({ anchors, ordinals: [1, 2, 3], examples: ['x', 'y', 'z'], seed: 2 })).not.toEqual(whole);
  });

  const family = ['N18', ...[...icd10cm().descendants('N18')].map(({ code }) => code)];
  const pool = [...family, 'I10', 'E11.22', 'S02.5XX', 'S02.5XXA', 'N18.23'];
  const sets = fc.record({
    target: fc.constantFrom(...family).map(dx),
    codes: fc.uniqueArray(fc.constantFrom(...pool), { minLength: 1 }).map((codes) => codes.map(dx)),
    mode: fc.constantFrom('cleaned', 'paper'),
    seed: fc.nat(),
  });

  it('puts the target first and only once, and accounts for every code of the anchor', () => {
    fc.assert(
      fc.property(sets, ({ target, codes, mode, seed }) => {
        const sibling = codes[0]!;
        fc.pre(codeKey(sibling) !== codeKey(target));
        const [set] = compose({ target, anchors: [{ ...substitute, codes, sibling }], mode: mode as 'cleaned', seed });
        const keys = set!.codes.map(codeKey);
        expect(keys[0]).toBe(codeKey(target));
        expect(new Set(keys).size).toBe(keys.length);
        const accounted = [...keys.slice(1), ...set!.dropped.map(({ code }) => codeKey(code))];
        expect(accounted.sort()).toEqual(codes.map(codeKey).sort());
      }),
    );
  });

  it('keeps no ancestor, descendant or other spelling of the target in mode cleaned', () => {
    const terminology = icd10cm();
    fc.assert(
      fc.property(sets, ({ target, codes, seed }) => {
        const sibling = codes[0]!;
        fc.pre(codeKey(sibling) !== codeKey(target));
        const [set] = compose({ target, anchors: [{ ...substitute, codes, sibling }], seed });
        for (const { code } of set!.codes.slice(1)) {
          expect(terminology.isDescendant(code, target.code)).toBe(false);
          expect(terminology.isDescendant(target.code, code)).toBe(false);
          expect(terminology.resolve(code)!.entry.code).not.toBe(terminology.resolve(target.code)!.entry.code);
        }
      }),
    );
  });
});
