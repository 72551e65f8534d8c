import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CodeSet } from '../../src/domain/code-set.ts';
import { createGate } from '../../src/domain/gate.ts';
import { knowledgeCard } from '../../src/domain/knowledge.ts';
import type { KnowledgeCard } from '../../src/domain/knowledge.ts';
import type { ValidationPolicy } from '../../src/domain/revision.ts';
import { writeScaffold } from '../../src/domain/scaffold.ts';
import type { ScaffoldFacts } from '../../src/domain/scaffold.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { excerptOf } from '../support/terminology.ts';

const gate = createGate();
const policy: ValidationPolicy = {
  attempts: 1,
  coverage: { action: 'reject' },
  'label-leak': { action: 'reject' },
  copy: { action: 'reject', maxSharedTokens: 12 },
  form: { action: 'reject', minShare: 0.15, maxShare: 4 },
};

const table = excerptOf('icd10cm');
const chapters = Array.from({ length: 22 }, (_, index) => `CH${String(index + 1).padStart(2, '0')}`);
const cards: readonly KnowledgeCard[] = chapters
  .flatMap((chapter) => [...table.descendants(chapter)])
  .flatMap(({ code }) => knowledgeCard(table, { system: 'icd10cm', type: 'dx', code }) ?? []);

function judge(text: string, { cards: asked, sex, age, words }: ScaffoldFacts): Verdict {
  const set: CodeSet = {
    ordinal: 1,
    codes: asked.map(({ code }) => code),
    strategy: 'clone',
    anchor: 'a',
    rung: null,
    sibling: null,
    dropped: [],
    sex,
    age,
    examples: [],
  };
  return gate.judge({ text, finishReason: 'stop', set, cards: asked, sources: [], words, policy });
}

const facts = fc.record({
  cards: fc.uniqueArray(fc.constantFrom(...cards), { minLength: 1, maxLength: 14, selector: ({ code }) => code.code }),
  sex: fc.constantFrom('F' as const, 'M' as const, null),
  age: fc.option(fc.integer({ min: 0, max: 104 })),
  words: fc.integer({ min: 150, max: 500 }),
});
const seeds = fc.integer({ min: 0, max: 0x7fff_ffff });

/** Shares of five-word runs that two notes have in common. */
function likeness(a: string, b: string): number {
  const runs = (text: string): Set<string> => {
    const words = text.toLowerCase().split(/\W+/);
    return new Set(words.slice(4).map((_, index) => words.slice(index, index + 5).join(' ')));
  };
  const [left, right] = [runs(a), runs(b)];
  const shared = [...left].filter((run) => right.has(run)).length;
  return shared / (left.size + right.size - shared);
}

describe('a scaffold', () => {
  test('affirms every code of its set, and passes the gate', () => {
    fc.assert(
      fc.property(facts, seeds, (given, seed) => {
        const verdict = judge(writeScaffold(given, seed), given);
        expect(verdict.checks.flatMap(({ rejections }) => rejections)).toEqual([]);
        const named = new Set(verdict.evidence.map(({ code }) => code.code));
        expect(named).toEqual(new Set(given.cards.map(({ code }) => code.code)));
      }),
      { numRuns: 150 },
    );
  });

  test('is the same for the same facts and seed', () => {
    fc.assert(
      fc.property(facts, seeds, (given, seed) => {
        expect(writeScaffold(given, seed)).toBe(writeScaffold(given, seed));
      }),
      { numRuns: 20 },
    );
  });

  test('differs clearly between thirteen seeds of one set', () => {
    const given: ScaffoldFacts = {
      cards: cards.filter((_, index) => index % 9 === 0).slice(0, 10),
      sex: 'F',
      age: 54,
      words: 300,
    };
    const notes = Array.from({ length: 13 }, (_, seed) => writeScaffold(given, seed));
    const pairs = notes.flatMap((note, index) => notes.slice(index + 1).map((other) => likeness(note, other)));
    expect(Math.max(...pairs)).toBeLessThan(0.6);
    expect(pairs.reduce((sum, value) => sum + value, 0) / pairs.length).toBeLessThan(0.3);
  });

  test('prints no code and leaves no placeholder', () => {
    fc.assert(
      fc.property(facts, seeds, (given, seed) => {
        const note = writeScaffold(given, seed);
        expect(note).not.toMatch(/NAME|\bName\b|SUBJECT|PERSON|POSSESSIVE|[{}|]|undefined|\$/);
        const dotted = given.cards.map(({ code }) => code.code).filter((code) => code.includes('.'));
        expect(dotted.filter((code) => note.includes(code))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('tells sex and age, and no age over 89', () => {
    const given = { cards: cards.slice(0, 3), words: 200 };
    expect(writeScaffold({ ...given, sex: 'F', age: 54 }, 1)).toContain('54-year-old woman');
    expect(writeScaffold({ ...given, sex: 'M', age: 9 }, 1)).toContain('9-year-old boy');
    expect(writeScaffold({ ...given, sex: 'M', age: 0 }, 1)).toContain('infant boy');
    expect(writeScaffold({ ...given, sex: 'F', age: 96 }, 1)).toMatch(/woman over 89/);
    expect(writeScaffold({ ...given, sex: 'F', age: 54 }, 1)).not.toMatch(/\b(?:he|his|him)\b/);
    expect(writeScaffold({ ...given, sex: null, age: null }, 1)).not.toMatch(/\b(?:he|his|him|she|her)\b/);
  });

  test('grows with the length asked for', () => {
    const given = { cards: cards.slice(0, 12), sex: 'M' as const, age: 61 };
    const wordsAt = (words: number): number => writeScaffold({ ...given, words }, 5).split(/\s+/).length;
    expect(wordsAt(100)).toBeLessThan(wordsAt(300));
    expect(wordsAt(300)).toBeGreaterThanOrEqual(285);
    expect(wordsAt(300)).toBeLessThan(390);
    expect(wordsAt(1_500)).toBeGreaterThan(750);
  });

  test('tells the sentences that it is given', () => {
    const given: ScaffoldFacts = { cards: cards.slice(0, 4), sex: 'F', age: 40, words: 200 };
    for (let seed = 0; seed < 6; seed += 1) {
      const note = writeScaffold(given, seed, ['She read by the window.', 'She slept well.']);
      expect(note).toContain('She read by the window.');
      expect(note).toContain('She slept well.');
    }
  });
});
