import { describe, expect, test } from 'vitest';
import { acceptedSentence, sentencePrompt } from '../../src/domain/scaffold-sentence.ts';
import { randomOf } from '../../src/domain/seed.ts';

describe('a sentence of the small model', () => {
  test.each([
    'In the evening, she enjoyed the rest of the meal.',
    'After lunch, she went back to bed and read for an hour.',
    'She walked the hall twice with the therapist. And then more that is cut off',
  ])('is taken when it is plain: %s', (written) => {
    expect(acceptedSentence(written, 'F')).toBe(`${written.split('.')[0]}.`);
  });

  test.each([
    ['it denies', 'She had no trouble walking to the window.'],
    ['it doubts', 'She rested in bed because of a possible visit.'],
    ['it brings a finding of its own', 'She rested in bed with a fever in the afternoon.'],
    ['it brings a disease of its own', 'She talked with the nurse about the arthritis of the hand.'],
    ['it tells a figure', 'She walked the hall at 12 in the morning.'],
    ['it prints a code', 'She rested in bed with E75.21 in the morning.'],
    ['it names somebody', 'She talked with the nurse Sarah about the plan.'],
    ['it speaks of a relative', 'She talked with her sister about the plan.'],
    ['it speaks of itself', 'Here is a sentence about her walk in the hall.'],
    ['it has no end', 'She walked the hall with the'],
    ['it is too short', 'She slept well.'],
    ['it is about another place', 'After lunch, she went out to the park.'],
    ['it is no English', 'Ella durmió bien en la cama y comió con la enfermera.'],
    ['it is long', `She walked ${'and walked '.repeat(16)}in the hall.`],
    ['it is about another sex', 'He walked to the window after lunch.'],
  ])('is left out when %s', (_, written) => {
    expect(acceptedSentence(written, 'F')).toBeNull();
  });

  test('speaks of neither sex when the set tells none', () => {
    expect(acceptedSentence('She walked to the window after lunch.', null)).toBeNull();
    expect(acceptedSentence('The patient walked to the window after lunch.', null)).not.toBeNull();
  });

  test('is asked for with examples that would be taken themselves', () => {
    for (const sex of ['F', 'M', null] as const) {
      for (let seed = 0; seed < 20; seed += 1) {
        const { prompt, start } = sentencePrompt(sex, randomOf(seed));
        const examples = prompt
          .split('\n')
          .flatMap((line) => (line.startsWith('- ') && line.endsWith('.') ? [line.slice(2)] : []));
        expect(examples).toHaveLength(4);
        for (const example of examples) expect(acceptedSentence(example, sex)).toBe(example);
        expect(prompt.endsWith(`- ${start}`)).toBe(true);
      }
    }
  });
});
