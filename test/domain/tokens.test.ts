import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { countCodePoints, sliceCodePoints, tokenise } from '../../src/domain/tokens.ts';

describe('tokens', () => {
  test('offsets count code points, so that slices give the words back behind astral characters', () => {
    const text = '😀 Fièvre 𝒳 and pain';
    for (const token of tokenise(text)) expect(sliceCodePoints(text, token.start, token.end)).toBe(token.text);
    expect(tokenise(text).at(-1)).toMatchObject({ text: 'pain', start: 15, end: 19 });
  });

  test('every character that is no white space lies in exactly one token', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const tokens = tokenise(text);
        const rebuilt = tokens.map((token) => token.text).join('');
        expect(rebuilt).toBe(text.replace(/\s+/g, ''));
        let end = 0;
        for (const token of tokens) {
          expect(token.start).toBeGreaterThanOrEqual(end);
          expect(token.end - token.start).toBe(countCodePoints(token.text));
          end = token.end;
        }
        expect(end).toBeLessThanOrEqual(countCodePoints(text));
      }),
    );
  });

  test.each([
    ['stage 3b', ['stage', '3b']],
    ['h/o stroke, s/p repair', ['h/o', 'stroke', ',', 's/p', 'repair']],
    ['non-pressure ulcer', ['non-pressure', 'ulcer']],
    ["Crohn's disease", ["Crohn's", 'disease']],
    ['K 4.5, Na 1,204', ['K', '4.5', ',', 'Na', '1,204']],
    ['BP 120/80', ['BP', '120', '/', '80']],
    ['T2DM', ['T2DM']],
  ])('%s is cut into its clinical words', (text, words) => {
    expect(tokenise(text).map((token) => token.text)).toEqual(words);
  });
});
