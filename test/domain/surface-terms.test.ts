import { describe, expect, test } from 'vitest';

import type { KnowledgeCard } from '../../src/domain/knowledge.ts';
import { findMentions, indexNote } from '../../src/domain/mentions.ts';
import { readNote } from '../../src/domain/sentences.ts';
import { surfaceTerms } from '../../src/domain/surface-terms.ts';
import { card } from '../support/cards.ts';

function names(text: string, about: KnowledgeCard): boolean {
  const index = indexNote(readNote(text));
  return surfaceTerms(about).terms.some((term) => findMentions(index, term).length > 0);
}

const hypertension = card('I10', 'Essential (primary) hypertension', {
  inclusionTerms: [
    'High blood pressure',
    'Hypertension (arterial) (benign) (essential) (malignant) (primary) (systemic)',
  ],
});
const ckd3b = card('N18.32', 'Chronic kidney disease, stage 3b');
const t2dm = card('E11.9', 'Type 2 diabetes mellitus without complications');
const insipidus = card('N25.1', 'Nephrogenic diabetes insipidus');
const copd = card('J44.9', 'Chronic obstructive pulmonary disease, unspecified');
const hiv = card('B20', 'Human immunodeficiency virus [HIV] disease');
const crohn = card('K50.90', "Crohn's disease, unspecified, without complications");
const stones = card('K80.20', 'Calculus of gallbladder without cholecystitis without obstruction');
const concussion = card('S06.0X0A', 'Concussion without loss of consciousness, initial encounter');
const femur = card(
  'S72.001A',
  'Fracture of unspecified part of neck of right femur, initial encounter for closed fracture',
);
const openTibia = card(
  'S82.201B',
  'Unspecified fracture of shaft of right tibia, initial encounter for open fracture type I or II',
);
const lungCancer = card('C34.11', 'Malignant neoplasm of upper lobe, right bronchus or lung');
const breastHistory = card('Z85.3', 'Personal history of malignant neoplasm of breast');
const boneMetastasis = card('C79.51', 'Secondary malignant neoplasm of bone');
const tibiaNinth = card('823.80', 'Closed fracture of unspecified part of tibia alone');
const diabetesNinth = card(
  '250.00',
  'Diabetes mellitus without mention of complication, type II or unspecified type, not stated as uncontrolled',
);
const krabbe = card('E75.23', 'Krabbe disease');
const ureter = card('N28.9', 'Disorder of kidney and ureter, unspecified');
const chestPain = card('R07.9', 'Chest pain, unspecified');
const renalCell = card('C64.2', 'Malignant neoplasm of left kidney, except renal pelvis');
const injury = card('T14.90', 'Injury, unspecified');
const complications = card('T81', 'Complications of procedures, not elsewhere classified');
const noseInjury = card('S09.92XA', 'Unspecified injury of nose, initial encounter');
const burn = card('944.33', 'Skin loss [third degree, not otherwise specified]of two or more digits of hand');

describe('a code is named by', () => {
  test.each<[string, KnowledgeCard, string]>([
    ['its title', insipidus, 'Known nephrogenic diabetes insipidus.'],
    ['its words in another order', insipidus, 'She has diabetes insipidus of nephrogenic type.'],
    ['its title without brackets', hypertension, 'Longstanding essential hypertension.'],
    ['an inclusion term', hypertension, 'He takes lisinopril for high blood pressure.'],
    ['an abbreviation', hypertension, 'PMH: HTN, gout.'],
    ['an abbreviation in lower case', copd, 'pmh copd on home oxygen'],
    ['an abbreviation with the words that specify it', ckd3b, 'CKD stage 3b.'],
    ['words in front of the abbreviation', ckd3b, 'Stage 3b CKD, followed by nephrology.'],
    ['a clinical relative of its words', ckd3b, 'Chronic renal disease, stage 3b.'],
    ['its comma turned round', t2dm, 'Diabetes mellitus, type 2.'],
    ['the usual short forms', t2dm, 'T2DM on metformin.'],
    ['its usual short wording', t2dm, 'She has type 2 diabetes.'],
    ['a bracketed abbreviation', hiv, 'HIV disease, on antiretrovirals.'],
    ['what its abbreviation means', hiv, 'Human immunodeficiency virus disease.'],
    ['an eponym with or without its s', crohn, 'Crohn disease in remission.'],
    ['a plural', stones, 'Ultrasound shows gallbladder calculi.'],
    ['the common word for a Latin one', stones, 'Multiple gallbladder stones.'],
    ['one word for two', stones, 'Incidental cholelithiasis.'],
    ['its own "without"', concussion, 'Concussion without loss of consciousness.'],
    ['"no" for its "without"', concussion, 'Concussion with no loss of consciousness.'],
    ['the injury without the encounter', femur, 'Right femoral neck: fracture of the neck of the right femur.'],
    [
      'the open fracture without the encounter',
      openTibia,
      'Open fracture of the shaft of the right tibia, type I or II.',
    ],
    ['cancer for malignant neoplasm', lungCancer, 'Cancer of the right lung, upper lobe.'],
    ['carcinoma for malignant neoplasm', lungCancer, 'Right upper lobe lung adenocarcinoma.'],
    ['history without "personal"', breastHistory, 'History of breast cancer, treated elsewhere.'],
    ['h/o', breastHistory, 'H/o breast carcinoma.'],
    ['metastases', boneMetastasis, 'Bone metastases on scintigraphy.'],
    ['an ICD-9 title turned round', tibiaNinth, 'Closed tibia fracture, tibia alone.'],
    ['an ICD-9 title without what it does not mention', diabetesNinth, 'Diabetes mellitus type II.'],
    ['British spelling', card('D50.9', 'Iron deficiency anemia, unspecified'), 'Iron deficiency anaemia.'],
    [
      'a hyphen or none',
      card('K21.9', 'Gastro-esophageal reflux disease without esophagitis'),
      'Gastroesophageal reflux disease.',
    ],
    [
      'an abbreviation of it',
      card('K21.9', 'Gastro-esophageal reflux disease without esophagitis'),
      'GERD on omeprazole.',
    ],
    [
      'a hyphenated prefix or none',
      card('L97.411', 'Non-pressure chronic ulcer of right heel'),
      'Chronic nonpressure ulcer of the right heel.',
    ],
    ['either half of an "and"', ureter, 'Disorder of the ureter.'],
    ['its words with a side between them', chestPain, 'Pain in the left chest.'],
    ['"painful" for pain', chestPain, 'Painful chest.'],
    ['generic words when it has no others', injury, 'Injury, unspecified.'],
    ['several generic words without the talk around them', complications, 'She had complications of procedures.'],
    ['a body part that is spelt almost like "NOS"', noseInjury, 'Injury of the nose.'],
    ['a title that runs on after its bracket', burn, 'Skin loss of two or more digits of the hand.'],
    ['a plural of three letters and an s', card('I96', 'Gangrene of toes'), 'Gangrene of the second toe.'],
    ['a title that excepts something', renalCell, 'Malignant neoplasm of the left kidney.'],
    ['an eponymous disease', krabbe, "Krabbe's disease."],
    [
      'a roman numeral as the title has it',
      card('I21.4', 'Non-ST elevation (NSTEMI) myocardial infarction'),
      'NSTEMI.',
    ],
  ])('%s', (_, about, text) => {
    expect(names(text, about)).toBe(true);
  });
});

describe('a code is not named by', () => {
  test.each<[string, KnowledgeCard, string]>([
    ['its parent', ckd3b, 'Chronic kidney disease.'],
    ['its sibling', ckd3b, 'Chronic kidney disease, stage 3a.'],
    ['a sibling and a number elsewhere', ckd3b, 'CKD stage 3. He takes 3b.'],
    ['another type', t2dm, 'Type 1 diabetes mellitus.'],
    ['the unspecified disease', t2dm, 'Diabetes.'],
    ['the other side', lungCancer, 'Cancer of the left lung, upper lobe.'],
    ['words of two sentences', insipidus, 'Nephrogenic cause. Diabetes. Insipidus.'],
    ['words of a list that do not belong together', chestPain, 'Chest clear, abdominal pain noted.'],
    ['a title before a name', card('G35', 'Multiple sclerosis'), 'Ms. Jones feels well.'],
    ['the little word', card('C91.00', 'Acute lymphoblastic leukemia not having achieved remission'), 'All fine.'],
    ['the opposite of its "without"', concussion, 'Concussion with loss of consciousness.'],
    ['the nonspecific finding', hypertension, 'Blood pressure 120/80.'],
    ['a longer word', card('R52', 'Pain, unspecified'), 'Painting is his hobby.'],
    ['its anatomy alone', lungCancer, 'Right lung clear in the upper lobe.'],
    ['a part of its abbreviation', copd, 'COP D.'],
    ['open where it is closed', card('S82.201A', 'Closed fracture of right tibia'), 'Open fracture of right tibia.'],
    ['the generic half of its name', krabbe, 'Disease.'],
    ['one of its generic words', complications, 'The procedure went well. No complication.'],
    ['generic words that stand apart', complications, 'Complications followed a long and otherwise routine procedure.'],
    ['another part of the body', noseInjury, 'Injury of the ear.'],
    ['a single generic word', injury, 'The injury was cleaned.'],
    ['hypo for hyper', card('E05.90', 'Hyperthyroidism'), 'Hypothyroidism.'],
    ['nothing', krabbe, ''],
  ])('%s', (_, about, text) => {
    expect(names(text, about)).toBe(false);
  });

  test('a broader synonym', () => {
    const synonyms = [{ term: 'Leukodystrophy', source: 'title', scope: 'broad' }] as const;
    expect(names('Leukodystrophy.', card('E75.23', 'Krabbe disease', { synonyms }))).toBe(false);
  });
});
