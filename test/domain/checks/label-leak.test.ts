import { describe, expect, test } from 'vitest';

import { checkLabelLeak } from '../../../src/domain/checks/label-leak.ts';
import { PROMPT_HEADINGS } from '../../../src/domain/prompt.ts';
import { card } from '../../support/cards.ts';

const cards = [
  card('E75.23', 'Krabbe disease', { siblings: [{ code: 'E75.22', title: 'Gaucher disease' }] }),
  card('I10', 'Essential (primary) hypertension'),
  card('T38.0X5A', 'Adverse effect of glucocorticoids', { siblings: [{ code: 'T38.5', title: 'Other estrogens' }] }),
  card('U07.1', 'COVID-19'),
  card('QA0.0101', 'Genetic neurodevelopmental disorder'),
  card('C7A.090', 'Malignant carcinoid tumor of the bronchus and lung'),
  card('250.00', 'Diabetes mellitus without mention of complication'),
  card('428.0', 'Congestive heart failure'),
];

function reasons(text: string): string[] {
  return checkLabelLeak(text, { cards, headings: PROMPT_HEADINGS }).map(({ reason }) => reason);
}

describe('label leakage', () => {
  test.each([
    'Krabbe disease E75.23.',
    'krabbe disease (e75.23)',
    '- E75.22 Gaucher disease',
    'Hypertension (I10)',
    '- I10 hypertension',
    'ICD-10: I10',
    'Diagnosis code Q87.1 was assigned.',
    'COVID-19 U07.1 pneumonia',
    'A disorder of growth, QA0.0101, found by sequencing',
    'Carcinoid of the lung (c7a.090)',
    'COVID-19 (U071)',
    'ICD-10: E7523',
    'ICD-10 code: U09.9',
    'Diabetes mellitus [250.00]',
    'Diabetes 250.00 and heart failure 428.0',
    'ICD-9 428.0',
  ])('a printed code: %s', (text) => {
    expect(reasons(text)).toContain('code-printed');
  });

  test.each([
    'Temperature T38.5, pulse 80.',
    'T 38.5 C on arrival.',
    'Vitamin B12 and D3 were given, H2 blocker, L4-L5 disc, C5-C6, T2 signal.',
    'Weight 250.00 kg, LDH 428.0 U/L, glucose was 250.00.',
    'pH 7.35, INR 2.5, EF 55.0%, A1c 7.2.',
    'K 4.5, seen at T10/11.',
    'U07 ward, bed U9.5, sample QA0 and note QA0.x of the laboratory.',
    'Plan made.At home she rests.ab1.2',
    'Highway I10 accident.',
    'PIK3CA E545K and BRAF V600E.',
    'FiO2 of 0.40, tolerance 10.20',
  ])('no code: %s', (text) => {
    expect(reasons(text)).toEqual([]);
  });

  test.each([
    'As an AI language model I cannot.',
    'Here is the clinical note:',
    "I'm sorry, but I cannot help with that.",
    'This note includes all conditions.',
    'ICD codes: see below',
    'This is a fictional patient.',
    'Let me know if you need changes.',
    'Here is the note:',
    "Sure! Here's a discharge summary for the patient:",
    'Below is the clinical note you requested.',
    '```\nShe was admitted.\n```',
    '```markdown\n# Discharge summary',
    '<think>The user wants a note.</think>\nShe was admitted.',
    'The user wants a note.\n</think>\nShe was admitted.',
    'She was admitted.<|im_end|>',
  ])('talk about the task: %s', (text) => {
    expect(reasons(text)).toContain('meta-talk');
  });

  test.each([
    'He is here for a note from his employer.',
    'He takes his tablets as instructed, and I am unable to palpate the spleen.',
    'I cannot feel a mass.',
    'She was sorry to leave.',
    'Here he was seen for the rash.',
    'SpO2 <95%, I think > 90% is fine; below is the plan.',
    'The following is the plan: rest.',
  ])('no talk about the task: %s', (text) => {
    expect(reasons(text)).toEqual([]);
  });

  test('headings of the prompt are counted', () => {
    const text = `${PROMPT_HEADINGS[0]?.toUpperCase()}\n${PROMPT_HEADINGS[1]}`;
    expect(checkLabelLeak(text, { cards, headings: PROMPT_HEADINGS })).toEqual([
      { check: 'label-leak', reason: 'prompt-heading', count: 2 },
    ]);
  });
});
