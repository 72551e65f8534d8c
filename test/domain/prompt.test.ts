import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DependencyFailure } from '../../src/domain/failure.ts';
import { buildPrompt, PROMPT_HEADINGS, type PromptInput, promptText } from '../../src/domain/prompt.ts';
import { card, dx, setOf } from '../support/cards.ts';

const cards = [
  card('E75.23', 'Krabbe disease', {
    inclusionTerms: ['Globoid cell leukodystrophy'],
    hierarchy: [{ code: 'CH04', title: 'Endocrine, nutritional and metabolic diseases' }],
    siblings: [{ code: 'E75.22', title: 'Gaucher disease' }],
  }),
  card('I10', 'Essential (primary) hypertension'),
];
const examples = [
  { id: 'a', text: 'First example.\n- I25.10 is on a line of its own\n - another item' },
  { id: 'b', text: 'Second example.' },
];

function build(change: Partial<PromptInput> = {}) {
  return buildPrompt({
    set: setOf(cards),
    cards,
    examples,
    words: 300,
    rejections: [],
    budgetTokens: 4_000,
    countTokens: (text) => Math.ceil(text.length / 4),
    ...change,
  });
}

/** The lines that a reader of prompts takes for the code list. */
function codeLines(text: string): string[] {
  return text.split('\n').filter((line) => /^- [A-Z0-9.]+ /.test(line));
}

describe('the prompt', () => {
  test('names each code on a line of its own, the target first', () => {
    expect(codeLines(promptText(build().messages))).toEqual([
      '- E75.23 Krabbe disease',
      '- I10 Essential (primary) hypertension',
    ]);
  });

  test('no other line looks like one, whatever an example holds', () => {
    const lines = fc.array(fc.constantFrom('- I10 x', ' - E75.23 y', '-\tI10 z', 'text', '\r- A00 q', '- '), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(lines, (parts) => {
        const prompt = build({ examples: [{ id: 'a', text: parts.join('\n') }] });
        const text = promptText(prompt.messages);
        expect(text.split(/\r\n|\n|\r/).filter((line) => line.startsWith('- '))).toHaveLength(cards.length);
      }),
    );
  });

  test('shows what is known of the codes, whom to describe, how long, and the examples between delimiters', () => {
    const text = promptText(build().messages);
    for (const part of [
      'also called: Globoid cell leukodystrophy',
      'belongs to: Endocrine, nutritional and metabolic diseases',
      'not to be confused with: Gaucher disease',
      'female, 61 years old',
      'about 300 words',
      '<<<EXAMPLE\nSecond example.\nEXAMPLE>>>',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('E75.22');
  });

  test('leaves sex and age to the conditions where the corpus does not say them, and no age above 89', () => {
    expect(promptText(build({ set: setOf(cards, { sex: null, age: null }) }).messages)).toContain(
      'sex as fits the conditions, age as fits',
    );
    expect(promptText(build({ set: setOf(cards, { sex: 'M', age: 0.4 }) }).messages)).toContain(
      'male, infant under one year',
    );
    expect(promptText(build({ set: setOf(cards, { age: 96 }) }).messages)).toContain('over 89 years old');
  });

  test('tells the second attempt what was wrong with the first, in words', () => {
    const rejections = [{ check: 'coverage', reason: 'negated', code: dx('E75.23'), target: true }] as const;
    expect(promptText(build({ rejections }).messages)).toContain('* "Krabbe disease" was denied');
    expect(promptText(build().messages).toLowerCase()).not.toContain(PROMPT_HEADINGS[5]);
  });

  test('gives up examples from the last, then siblings, hierarchy and synonyms, and never a code', () => {
    const order = ['example b', 'example a', 'siblings', 'hierarchy', 'synonyms'];
    const bare = build({ examples: [], cards: cards.map(({ code, title }) => card(code.code, title)) });
    const least = Math.ceil(promptText(bare.messages).length / 4);
    const fewer = new Set<string>();
    for (let budgetTokens = 4_000; budgetTokens >= least; budgetTokens -= 5) {
      const { messages, leftOut } = build({ budgetTokens });
      expect(leftOut).toEqual(order.slice(0, leftOut.length));
      expect(codeLines(promptText(messages))).toHaveLength(2);
      fewer.add(leftOut.join());
    }
    expect(fewer.size).toBe(order.length + 1);
  });

  test('fails with the context length when not even the codes fit, and without any text', () => {
    const failed = () => build({ budgetTokens: 20, examples: [{ id: 'a', text: 'zebracanary' }] });
    expect(failed).toThrow(DependencyFailure);
    expect(failed).toThrow(/^(?!.*zebracanary).*20 prompt tokens/);
  });

  test('keeps within the budget whatever the example', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4_000 }), fc.integer({ min: 600, max: 2_000 }), (text, budgetTokens) => {
        const countTokens = (part: string) => Math.ceil(part.length / 4);
        const { messages } = build({ examples: [{ id: 'a', text }], budgetTokens, countTokens });
        expect(countTokens(promptText(messages))).toBeLessThanOrEqual(budgetTokens);
      }),
    );
  });
});
