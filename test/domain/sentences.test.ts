import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readNote } from '../../src/domain/sentences.ts';

/** The sentences of a text, each as its tokens joined by spaces. */
function sentencesOf(text: string, names: readonly string[] = []): string[] {
  const { tokens, sentences } = readNote(text, names);
  return sentences.map(({ from, to }) =>
    tokens
      .slice(from, to)
      .map((token) => token.text)
      .join(' '),
  );
}

describe('sentences', () => {
  test('titles, abbreviations, initials, decimals and genus names do not end one', () => {
    expect(
      sentencesOf(
        'Dr. J. Smith saw her. Potassium was 4.5 vs. 5.1 before. Culture grew E. coli. Blood group A. Discharged.',
      ),
    ).toEqual([
      'Dr . J . Smith saw her .',
      'Potassium was 4.5 vs . 5.1 before .',
      'Culture grew E . coli .',
      'Blood group A .',
      'Discharged .',
    ]);
  });

  test.each([
    'Urine grew E. coli and S. aureus.',
    'URINE GREW E. COLI AND S. AUREUS.',
    'Treated for C. Difficile and H. Pylori.',
    'A number of S. pneumoniae vs. H. influenzae.',
    'Bed No. 3 by the window.',
    'Sepsis due to Escherichia coli [E. coli] was treated.',
  ])('is one: %s', (text) => {
    expect(sentencesOf(text)).toHaveLength(1);
  });

  test('"no" as an answer ends one', () => {
    expect(sentencesOf('Diabetes: no. Hypertension: yes.')).toHaveLength(2);
  });

  test('a name with a full stop in it stays whole, and what stands beside it does not', () => {
    const name = 'Open fracture of epiphysis. Lower (separation) of femur';
    expect(sentencesOf(`She has ${name.toLowerCase()}. Lower leg well.`, [name])).toHaveLength(2);
    expect(sentencesOf('Open fracture. Lower leg well.', [name])).toHaveLength(2);
  });

  test('headings and list items stand by themselves', () => {
    expect(sentencesOf('DIAGNOSES\n- heart failure\n- type 2 diabetes\n1. Pneumonia\n2. Asthma\nPlan: home')).toEqual([
      'DIAGNOSES',
      '- heart failure',
      '- type 2 diabetes',
      '1 . Pneumonia',
      '2 . Asthma',
      'Plan : home',
    ]);
  });

  test('a line wrapped at a fixed width goes on in the next one', () => {
    expect(
      sentencesOf(
        'The patient is a 60-year-old woman who was admitted with severe\nchest pain and was found to have an acute\nmyocardial infarction.',
      ),
    ).toHaveLength(2);
    expect(
      sentencesOf(
        'The patient is a 60-year-old woman who was admitted with severe\nchest pain and was found to have acute myocardial infarction.',
      ),
    ).toHaveLength(1);
  });

  test('notes in lower case are cut at their full stops', () => {
    expect(sentencesOf('denies pain. takes aspirin daily. no rash.')).toHaveLength(3);
  });

  test('statements under a family history heading are of the family, until the next heading', () => {
    const { sentences } = readNote('Family History:\nMother had breast cancer.\n\nSocial History:\nSmokes.\n');
    expect(sentences.map(({ section }) => section)).toEqual(['family-history', 'family-history', 'other', 'other']);
  });

  test('together they hold every token once, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '.', ' ', '\n', ':', '-', '1', '?', '😀') }), (text) => {
        const { tokens, sentences } = readNote(text);
        let at = 0;
        for (const { from, to } of sentences) {
          expect(from).toBe(at);
          expect(to).toBeGreaterThan(from);
          at = to;
        }
        expect(at).toBe(tokens.length);
      }),
    );
  });
});
