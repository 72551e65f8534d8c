import { describe, expect, test } from 'vitest';

import { describeRejection, repairAdvice } from '../../src/domain/rejection.ts';
import type { Rejection } from '../../src/domain/verdict.ts';
import { card, dx } from '../support/cards.ts';

const krabbe = card('E75.23', 'Krabbe disease');

const every: readonly Rejection[] = [
  ...(['not-found', 'negated', 'family', 'hypothetical', 'not-historical'] as const).map((reason): Rejection => ({
    check: 'coverage',
    reason,
    code: dx('E75.23'),
    target: true,
  })),
  ...(['code-printed', 'prompt-heading', 'meta-talk'] as const).map((reason): Rejection => ({
    check: 'label-leak',
    reason,
    count: 2,
  })),
  { check: 'copy', reason: 'shared-run', source: 'note-9', tokens: 61, limit: 40 },
  ...(['empty', 'truncated', 'language'] as const).map((reason): Rejection => ({ check: 'form', reason })),
  { check: 'form', reason: 'too-short', words: 12, limit: 60 },
  { check: 'form', reason: 'too-long', words: 900, limit: 600 },
];

describe('a rejection', () => {
  test('is told to people with its code, title and numbers', () => {
    expect(every.map((rejection) => describeRejection(rejection, 'Krabbe disease'))).toEqual([
      'target E75.23 Krabbe disease is not named',
      'target E75.23 Krabbe disease is named only to be denied',
      'target E75.23 Krabbe disease is said of the family only',
      'target E75.23 Krabbe disease is named only as something that may happen or is looked for',
      'target E75.23 Krabbe disease is named, but not as the history that the code asks for',
      'prints codes (2 times)',
      'repeats headings of the prompt (2 times)',
      'talks about the task instead of the patient, or wraps the note in a code fence or in thoughts (2 times)',
      'shares a run of 61 words with source note note-9 (limit 40)',
      'is empty',
      'was cut off before its end',
      'is not written in English',
      'has 12 words, fewer than 60',
      'has 900 words, more than 600',
    ]);
  });

  test('becomes advice that names conditions by their description, and never prints a code or a source', () => {
    const advice = repairAdvice(every, [krabbe]);
    expect(advice).toHaveLength(every.length);
    expect(advice.filter((line) => line.includes('"Krabbe disease"'))).toHaveLength(5);
    expect(advice.join('\n')).not.toMatch(/E75|note-9/);
  });

  test('is advised upon once, however often it occurs', () => {
    const twice = [every[5], every[5]].filter((rejection) => rejection !== undefined);
    expect(repairAdvice(twice, [krabbe])).toHaveLength(1);
  });
});
