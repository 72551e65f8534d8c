import { describe, expect, test } from 'vitest';

import { type Assertion, createContextReader } from '../../src/domain/negation.ts';
import { tokenise } from '../../src/domain/tokens.ts';

/** How a sentence states the words between the asterisks. */
function stated(marked: string): Assertion {
  const [before = '', name = '', after = ''] = marked.split('*');
  const from = tokenise(before).length;
  const tokens = tokenise(before + name + after);
  const note = { text: marked, tokens, sentences: [{ from: 0, to: tokens.length, section: 'other' as const }] };
  return createContextReader(note).assertionOf(0, from, from + tokenise(name).length);
}

describe('a statement is', () => {
  test.each<[Assertion, string]>([
    ['affirmed', 'The patient has *pneumonia*.'],
    ['affirmed', 'Treated with antibiotics, *pneumonia* resolving slowly.'],
    ['affirmed', 'No fever but *pneumonia* on film.'],
    ['affirmed', 'Denies cough; has *asthma*.'],
    ['affirmed', 'No acute distress, *hypertension* well controlled.'],
    ['affirmed', 'There was no significant change in his *heart failure*.'],
    ['affirmed', 'She denied chest pain and was treated for *gout*.'],
    ['affirmed', 'Not only *anemia* but thrombocytopenia.'],
    ['affirmed', 'Gram negative *sepsis*.'],
    ['affirmed', 'Surgery without complications for *appendicitis*.'],
    ['affirmed', 'No known drug allergies, *asthma*.'],
    ['affirmed', 'Mother reports that the child has *asthma*.'],
    ['affirmed', 'He lives with his mother; *diabetes* is well controlled.'],
    ['affirmed', 'No relief of the *migraine* from triptans.'],
    ['affirmed', 'No history of interest, admitted with *pancreatitis*.'],
    ['affirmed', 'Weakness without fever, *stroke* on imaging.'],
    ['affirmed', 'Except for *obesity* the examination was normal.'],
    ['affirmed', 'No rash other than *psoriasis*.'],
    ['negated', 'No *pneumonia*.'],
    ['negated', 'No evidence of *pneumonia*.'],
    ['negated', 'Denies fever, chills, and *chest pain*.'],
    ['negated', 'She was negative for *influenza*.'],
    ['negated', 'Free of *metastases*.'],
    ['negated', 'Absence of *edema*.'],
    ['negated', 'The film failed to reveal *pneumonia*.'],
    ['negated', 'He never had *asthma*.'],
    ['negated', 'He was never diagnosed with *asthma*.'],
    ['negated', 'Presented without *fever*.'],
    ['negated', 'Neither *nausea* nor vomiting.'],
    ['negated', 'Findings are not consistent with *stroke*.'],
    ['negated', 'The patient does not have *diabetes*.'],
    ['negated', "He doesn't have *diabetes*."],
    ['negated', 'Ruled out for *myocardial infarction*.'],
    ['negated', '*Pulmonary embolism* was ruled out.'],
    ['negated', '*Pneumonia*, abscess and empyema have been ruled out.'],
    ['negated', '*Fracture* was not seen.'],
    ['negated', '*Edema*: none.'],
    ['negated', '*Meningitis* is unlikely.'],
    ['negated', '*Chest pain* was denied.'],
    ['negated', 'Serology for *hepatitis* was negative.'],
    ['negated', 'Patient is *pain* free.'],
    ['negated', 'No history of *stroke*.'],
    ['negated', 'Family history is negative for *breast cancer*.'],
    ['negated', 'Pneumonia rather than *tuberculosis*.'],
    ['negated', 'W/o *jaundice*.'],
    ['family', 'Family history of *breast cancer*.'],
    ['family', 'Mother had *breast cancer* at 50.'],
    ['family', 'His father died of *myocardial infarction*.'],
    ['family', '*Colon cancer* in her brother.'],
    ['family', 'FH: *diabetes*.'],
    ['affirmed', 'Mother had asthma, but he has *diabetes*.'],
    ['hypothetical', 'Return if *fever* develops.'],
    ['hypothetical', 'At risk for *falls*.'],
    ['hypothetical', 'Screening for *colon cancer*.'],
    ['hypothetical', 'Heparin for *deep vein thrombosis* prophylaxis.'],
    ['hypothetical', 'She was warned about *hypoglycemia*.'],
    ['possible', 'Possible *pneumonia*.'],
    ['possible', 'Findings suspicious for *malignancy*.'],
    ['possible', 'Admitted to rule out *myocardial infarction*.'],
    ['possible', '*Sepsis* could not be ruled out.'],
    ['historical', 'History of *stroke*.'],
    ['historical', 'Prior *myocardial infarction*.'],
    ['historical', 'S/p *appendectomy*.'],
    ['historical', '*Lymphoma* in remission.'],
    ['historical', '*Pneumonia* two years ago.'],
  ])('%s: %s', (assertion, sentence) => {
    expect(stated(sentence)).toBe(assertion);
  });

  test('not turned round by words of its own name', () => {
    expect(stated('*Concussion without loss of consciousness*.')).toBe('affirmed');
    expect(stated('*Family history of diabetes*.')).toBe('affirmed');
    expect(stated('No *concussion without loss of consciousness*.')).toBe('negated');
  });
});
