import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkText } from '../../src/domain/chunks.ts';

/** A token per started four characters of a word. */
const countTokens = (piece: string): number =>
  piece.split(/[ \t\r\n]+/).reduce((sum, word) => sum + Math.ceil(word.length / 4), 0);

const sentence = fc
  .array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 60 })
  .map((words) => `${words.join(' ')}.`);
const prose = fc.array(sentence, { minLength: 1, maxLength: 30 }).map((sentences) => sentences.join(' '));
const anything = fc.oneof(
  prose,
  fc.string({ unit: 'binary', maxLength: 3_000 }),
  fc.string({ unit: 'grapheme', maxLength: 900 }),
);

describe('chunks of a note', () => {
  test('joined give the note back, whatever it holds', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(chunkText(text, 32, countTokens).join('')).toBe(text.trim() === '' ? '' : text);
      }),
    );
  });

  test('are never longer than the limit', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 8, max: 64 }), (text, limit) => {
        for (const chunk of chunkText(text, limit, countTokens)) expect(countTokens(chunk)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test('end where sentences end, as long as these fit', () => {
    const text = 'He had fever. She was well. The gait was normal. The cough went away. Nothing else was seen.';
    expect(chunkText(text, 12, countTokens)).toEqual([
      'He had fever. She was well. ',
      'The gait was normal. The cough went away. ',
      'Nothing else was seen.',
    ]);
  });

  test('cut a sentence longer than the limit between words', () => {
    const words = Array.from({ length: 40 }, (_, index) => `w${index}`);
    const chunks = chunkText(words.join(' '), 16, countTokens);
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.flatMap((chunk) => chunk.trim().split(' '))).toEqual(words);
  });

  test('of a blank note are none', () => {
    expect(chunkText(' \n\t ', 16, countTokens)).toEqual([]);
  });
});
