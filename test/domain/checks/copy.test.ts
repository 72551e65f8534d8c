import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { checkCopy, copyWords, longestSharedRun } from '../../../src/domain/checks/copy.ts';
import { readNote } from '../../../src/domain/sentences.ts';

/** Length of the longest common run, by the textbook's table. */
function bruteForce(a: readonly string[], b: readonly string[]): number {
  let longest = 0;
  let row: number[] = [];
  for (const word of a) {
    const next = b.map((other, j) => (word === other ? (row[j - 1] ?? 0) + 1 : 0));
    longest = Math.max(longest, ...next, 0);
    row = next;
  }
  return longest;
}

const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 60 });

describe('the longest shared run', () => {
  test('is what a full comparison finds, and the same from either side', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        expect(longestSharedRun(a, b)).toBe(bruteForce(a, b));
        expect(longestSharedRun(b, a)).toBe(bruteForce(a, b));
      }),
    );
  });

  test('is exact from the length on that matters', () => {
    fc.assert(
      fc.property(
        words,
        words,
        fc.array(fc.constantFrom('a', 'b'), { minLength: 12, maxLength: 30 }),
        (a, b, shared) => {
          const [left, right] = [
            [...a, ...shared, ...b],
            [...b, 'x', ...shared, ...a],
          ];
          expect(longestSharedRun(left, right, { atLeast: 12 })).toBe(bruteForce(left, right));
        },
      ),
    );
  });
});

describe('copying', () => {
  const passage = Array.from({ length: 50 }, (_, i) => `word${i}`).join(' ');
  const check = (text: string, source: string, titles: string[] = []) =>
    checkCopy(readNote(text), {
      sources: [{ id: 'source-7', wordings: [copyWords(source)] }],
      titles: titles.map(copyWords),
      limit: 40,
    });

  test('is a run longer than the limit, whatever its punctuation and case', () => {
    expect(check(`Before. ${passage.toUpperCase()}, after.`, `Other words ${passage.replaceAll(' ', ', ')}`)).toEqual([
      { check: 'copy', reason: 'shared-run', source: 'source-7', tokens: 50, limit: 40 },
    ]);
  });

  test('is not a run up to the limit', () => {
    const forty = passage.split(' ').slice(0, 40).join(' ');
    expect(check(`${forty} mine`, `${forty} theirs`)).toEqual([]);
  });

  test('does not count the words of the titles that the note has to say', () => {
    const title = passage.split(' ').slice(5, 20).join(' ');
    expect(check(passage, passage, [title])).toEqual([]);
    expect(check(passage, passage)).toHaveLength(1);
  });

  test('is not found in an empty note or source', () => {
    expect(check('', passage)).toEqual([]);
    expect(check(passage, '')).toEqual([]);
  });
});
