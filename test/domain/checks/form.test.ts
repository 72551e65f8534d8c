import { describe, expect, test } from 'vitest';

import { checkForm, type FinishReason } from '../../../src/domain/checks/form.ts';
import { readNote } from '../../../src/domain/sentences.ts';
import { strict } from '../../support/cards.ts';

function reasons(text: string, words = 20, finishReason: FinishReason = 'stop'): string[] {
  return checkForm(readNote(text), { finishReason, words, policy: strict.form }).map(({ reason }) => reason);
}

const note = 'The patient was admitted with fever and cough, and was treated for pneumonia with good effect.';

describe('form', () => {
  test('a whole note of the length asked for passes', () => {
    expect(reasons(note)).toEqual([]);
  });

  test('no words at all are an empty note, and nothing else', () => {
    expect(reasons('')).toEqual(['empty']);
    expect(reasons(' \n--- ', 20, 'length')).toEqual(['empty']);
  });

  test('length is measured against the length asked for', () => {
    expect(checkForm(readNote(note), { finishReason: 'stop', words: 200, policy: strict.form })).toEqual([
      { check: 'form', reason: 'too-short', words: 16, limit: 30 },
    ]);
    expect(reasons(Array(30).fill(note).join(' '), 100)).toEqual(['too-long']);
  });

  test('a brief corpus leaves room to name a set of conditions', () => {
    expect(reasons(Array(15).fill(note).join(' '), 10)).toEqual([]);
    expect(reasons(Array(16).fill(note).join(' '), 10)).toEqual(['too-long']);
  });

  test('a reply that stopped at the token limit or was filtered is truncated', () => {
    expect(reasons(note, 20, 'length')).toEqual(['truncated']);
    expect(reasons(note, 20, 'content-filter')).toEqual(['truncated']);
  });

  test.each([
    'El paciente ingresó con fiebre y tos, y fue tratado de una neumonía con buena respuesta al tratamiento.',
    'Der Patient wurde mit Fieber und Husten aufgenommen und wegen einer Pneumonie mit gutem Erfolg behandelt.',
    'Le patient a été admis pour de la fièvre et une toux, et a été traité pour une pneumonie avec succès.',
    '患者因发热和咳嗽入院，经治疗后好转出院。患者既往有高血压病史，否认糖尿病。',
    'Пациент поступил с лихорадкой и кашлем и получил лечение по поводу пневмонии с хорошим эффектом сегодня.',
  ])('another language is refused: %s', (text) => {
    expect(reasons(text, 10)).toContain('language');
  });

  test('a list of English terms without function words passes', () => {
    expect(
      reasons('Pneumonia, asthma, hypertension, gout. Metoprolol 25 mg, aspirin 81 mg, furosemide 40 mg daily.'),
    ).toEqual([]);
  });
});
