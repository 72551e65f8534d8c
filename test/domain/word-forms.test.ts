import { describe, expect, test } from 'vitest';

import { normalForm } from '../../src/domain/word-forms.ts';

describe('word forms', () => {
  test.each([
    ['haemorrhage', 'hemorrhage'],
    ['anaemia', 'anemia'],
    ['oedema', 'edema'],
    ['oesophagus', 'esophagus'],
    ['diarrhoea', 'diarrhea'],
    ['leucocytosis', 'leukocytosis'],
    ['tumour', 'tumor'],
    ['dyspnoea', 'dyspnea'],
    ['coeliac', 'celiac'],
    ['paediatric', 'pediatric'],
    ['foetal', 'fetal'],
    ['generalised', 'generalized'],
    ['fractures', 'fracture'],
    ['fractured', 'fracture'],
    ['thromboses', 'thrombosis'],
    ['metastases', 'metastasis'],
    ['calculi', 'calculus'],
    ['stones', 'calculus'],
    ['vertebrae', 'vertebra'],
    ['biopsies', 'biopsy'],
    ['viruses', 'virus'],
    ['abscesses', 'abscess'],
    ["crohn's", 'crohn'],
    ['guillain-barré', 'guillainbarre'],
    ['non-pressure', 'nonpressure'],
    ['renal', 'kidney'],
    ['cardiac', 'heart'],
    ['diabetic', 'diabetes'],
    ['obese', 'obesity'],
  ])('%s and %s share one', (left, right) => {
    expect(normalForm(left)).toBe(normalForm(right));
  });

  test.each([
    ['hypothyroidism', 'hyperthyroidism'],
    ['displaced', 'nondisplaced'],
    ['pneumonia', 'pneumonitis'],
    ['ileus', 'ileum'],
    ['3a', '3b'],
    ['with', 'without'],
    ['left', 'right'],
    ['pelvis', 'pelvic'],
    ['diabetes', 'diabetogenic'],
  ])('%s and %s do not', (left, right) => {
    expect(normalForm(left)).not.toBe(normalForm(right));
  });
});
