import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomOf, seedOf } from '../../src/domain/seed.ts';

describe('randomOf', () => {
  it('gives the same stream for the same names, on every machine', () => {
    const stream = randomOf('pilot', 1, 'E75.21');
    expect([stream.integer(0, 999), stream.integer(0, 999), stream.integer(0, 999)]).toMatchInlineSnapshot(`
      [
        71,
        696,
        291,
      ]
    `);
    expect(seedOf('pilot', 1)).toMatchInlineSnapshot(`1661743106`);
  });

  it('keeps names apart', () => {
    expect(randomOf('ab', 'c').next()).not.toBe(randomOf('a', 'bc').next());
    expect(randomOf('a').next()).not.toBe(randomOf('a', '').next());
  });

  it('stays within the bounds asked for, and reaches each value', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 4 }), (name, min, span) => {
        const stream = randomOf(name);
        const seen = new Set(Array.from({ length: 200 }, () => stream.integer(min, min + span)));
        expect(Math.min(...seen)).toBe(min);
        expect(Math.max(...seen)).toBe(min + span);
        expect(seen.size).toBe(span + 1);
      }),
    );
  });

  it('shuffles into a permutation without touching its input', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.integer()), (name, items) => {
        const before = [...items];
        const shuffled = randomOf(name).shuffled(items);
        expect(items).toEqual(before);
        expect(shuffled.toSorted((left, right) => left - right)).toEqual(items.toSorted((left, right) => left - right));
      }),
    );
  });
});

describe('seedOf', () => {
  it('is a non-negative 31-bit integer', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer())), (parts) => {
        const seed = seedOf(...parts);
        expect(Number.isInteger(seed)).toBe(true);
        expect(seed).toBeGreaterThanOrEqual(0);
        expect(seed).toBeLessThan(2 ** 31);
      }),
    );
  });
});
