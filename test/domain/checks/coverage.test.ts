import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { checkCoverage } from '../../../src/domain/checks/coverage.ts';
import type { KnowledgeCard } from '../../../src/domain/knowledge.ts';
import { readNote } from '../../../src/domain/sentences.ts';
import { createTermCache } from '../../../src/domain/surface-terms.ts';
import { countCodePoints, sliceCodePoints } from '../../../src/domain/tokens.ts';
import { card, dx } from '../../support/cards.ts';

const krabbe = card('E75.23', 'Krabbe disease');
const asthma = card('J45.909', 'Unspecified asthma, uncomplicated');
const hypertension = card('I10', 'Essential (primary) hypertension', { inclusionTerms: ['High blood pressure'] });
const concussion = card('S06.0X0A', 'Concussion without loss of consciousness, initial encounter');
const familyBreast = card('Z80.3', 'Family history of malignant neoplasm of breast');
const ownBreast = card('Z85.3', 'Personal history of malignant neoplasm of breast');
const stones = card('K80.20', 'Calculus of gallbladder without cholecystitis without obstruction');

function check(text: string, ...cards: KnowledgeCard[]) {
  const [target = krabbe] = cards;
  const result = checkCoverage(readNote(text), cards, target.code, createTermCache());
  return { ...result, reasons: result.rejections.map(({ code, reason }) => `${code.code} ${reason}`) };
}

describe('coverage', () => {
  test('finds each code with the span that names it', () => {
    const text = '😀 Known Krabbe disease. Also asthma, and high blood pressure.';
    const { evidence, rejections } = check(text, krabbe, asthma, hypertension);
    expect(rejections).toEqual([]);
    expect(evidence.map(({ code, start, end, mode }) => [code.code, sliceCodePoints(text, start, end), mode])).toEqual([
      ['E75.23', 'Krabbe disease', 'title'],
      ['J45.909', 'asthma', 'title'],
      ['I10', 'high blood pressure', 'inclusion-term'],
    ]);
  });

  test('rejects what is not named, target and other codes alike', () => {
    expect(check('She is well.', krabbe, asthma).rejections).toEqual([
      { check: 'coverage', reason: 'not-found', code: dx('E75.23'), target: true },
      { check: 'coverage', reason: 'not-found', code: dx('J45.909'), target: false },
    ]);
  });

  test('rejects what is only denied, only of the family, or only feared', () => {
    expect(check('No Krabbe disease.', krabbe).reasons).toEqual(['E75.23 negated']);
    expect(check('Her brother had Krabbe disease.', krabbe).reasons).toEqual(['E75.23 family']);
    expect(check('At risk for asthma.', asthma).reasons).toEqual(['J45.909 hypothetical']);
  });

  test('takes what is denied in one place and stated in another as found, with the span of the statement', () => {
    const text = 'No asthma as a child. Now asthma since last year.';
    const { evidence, rejections } = check(text, asthma);
    expect(rejections).toEqual([]);
    expect(evidence.map(({ start }) => start)).toEqual([text.lastIndexOf('asthma')]);
  });

  test('takes "possible" as stated, as the guidelines for inpatients do', () => {
    expect(check('Probable Krabbe disease.', krabbe).rejections).toEqual([]);
  });

  test('a name with "without" in it denies nothing else', () => {
    const text = 'Concussion without loss of consciousness and asthma.';
    expect(check(text, concussion, asthma).rejections).toEqual([]);
  });

  test('a code "without" something is not named where that is stated', () => {
    expect(check('Gallbladder calculi on ultrasound.', stones).rejections).toEqual([]);
    expect(check('Gallbladder calculi, no sign of cholecystitis.', stones).rejections).toEqual([]);
    expect(check('Gallbladder calculi with acute cholecystitis.', stones).reasons).toEqual(['K80.20 not-found']);
  });

  test.each([
    ['Family history of breast cancer.', []],
    ['Her mother had breast cancer.', []],
    ['Family History:\nBreast cancer in two aunts.\n', []],
    ['She has breast cancer.', ['Z80.3 not-historical']],
    ['No family history of breast cancer.', ['Z80.3 negated']],
  ])('a family history code asks for the family: %s', (text, reasons) => {
    expect(check(text, familyBreast).reasons).toEqual(reasons);
  });

  test.each([
    ['History of breast cancer.', []],
    ['Prior malignant neoplasm of the breast.', []],
    ['Breast cancer in remission.', []],
    ['Mother had breast cancer.', ['Z85.3 family']],
    ['Newly found breast cancer.', ['Z85.3 not-historical']],
  ])('a personal history code asks for the past: %s', (text, reasons) => {
    expect(check(text, ownBreast).reasons).toEqual(reasons);
  });

  const insulin = card('Z79.4', 'Long term (current) use of insulin');
  const anticoagulants = card('V58.61', 'Long-term (current) use of anticoagulants');
  const strokes = card(
    'Z86.73',
    'Personal history of transient ischemic attack (TIA), and cerebral infarction without residual deficits',
  );
  const heartFamily = card(
    'Z82.49',
    'Family history of ischemic heart disease and other diseases of the circulatory system',
  );
  const vaccination = card('Z23', 'Encounter for immunization');
  const screening = card('Z13.1', 'Encounter for screening for diabetes mellitus');
  const exposure = card('Z20.822', 'Contact with and (suspected) exposure to COVID-19');
  const dialysis = card('Z99.2', 'Dependence on renal dialysis');
  const oxygen = card('Z99.81', 'Dependence on supplemental oxygen');
  const amputation = card('Z89.511', 'Acquired absence of right leg below knee');
  const pacemaker = card('Z95.0', 'Presence of cardiac pacemaker');
  const bodyMass = card('Z68.41', 'Body mass index [BMI] 40.0-44.9, adult');
  const weeks = card('Z3A.32', '32 weeks gestation of pregnancy');
  const kitchen = card(
    'Y92.010',
    'Kitchen of single-family (private) house as the place of occurrence of the external cause',
  );
  const park = card('Y92.830', 'Park as the place of occurrence of the external cause');
  const regimen = card('Z91.19', "Patient's noncompliance with other medical treatment and regimen");
  const implant = card('E878.1', 'Operation with implant causing reaction,without mention of misadventure');

  test.each<[string, KnowledgeCard]>([
    ['Long-term insulin use.', insulin],
    ['She is on long-term (current) insulin.', insulin],
    ['He has used insulin long term.', insulin],
    ['On long-term anticoagulation.', anticoagulants],
    ['History of TIA.', strokes],
    ['History of cerebral infarction without residual deficits.', strokes],
    ['Family history of ischemic heart disease.', heartFamily],
    ['Her father had ischemic heart disease.', heartFamily],
    ['Seen for immunization.', vaccination],
    ['Came for diabetes mellitus screening.', screening],
    ['Exposure to COVID-19 at work.', exposure],
    ['Contact with a case of COVID-19.', exposure],
    ['She is dialysis-dependent.', dialysis],
    ['He is oxygen dependent at home.', oxygen],
    ['Status post right below-knee amputation.', amputation],
    ['She has a pacemaker.', pacemaker],
    ['BMI 40.0-44.9.', bodyMass],
    ['Admitted at 32 weeks of gestation.', weeks],
    ['She slipped in the kitchen of her single-family house.', kitchen],
    ['Noncompliance with medical treatment.', regimen],
    ['Operation with implant causing a reaction.', implant],
  ])('circumstances and status are said as clinicians say them: %s', (text, said) => {
    expect(check(text, said).reasons).toEqual([]);
  });

  test.each<[string, KnowledgeCard, string]>([
    ['He is not on long-term insulin.', insulin, 'negated'],
    ['Insulin was given once.', insulin, 'not-found'],
    ['No history of TIA.', strokes, 'negated'],
    ['A TIA was found on this admission.', strokes, 'not-historical'],
    ['She has ischemic heart disease.', heartFamily, 'not-historical'],
    ['She has diabetes mellitus.', screening, 'not-found'],
    ['COVID-19 pneumonia.', exposure, 'not-found'],
    ['No exposure to COVID-19.', exposure, 'negated'],
    ['Not on dialysis, not dialysis-dependent.', dialysis, 'negated'],
    ['No pacemaker.', pacemaker, 'negated'],
    ['Left below-knee amputation.', amputation, 'not-found'],
    ['She likes to walk in the park.', park, 'not-found'],
  ])('and not otherwise: %s', (text, said, reason) => {
    expect(check(text, said).reasons).toEqual([`${said.code.code} ${reason}`]);
  });

  test('spans always lie within the text and name a whole word', () => {
    const pieces = fc.constantFrom(
      'Krabbe disease',
      'asthma',
      '😀',
      'no ',
      'HTN',
      '\n',
      '. ',
      'mother ',
      '𝒳',
      ', ',
      'high blood pressure',
      '- ',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        for (const { start, end } of check(text, krabbe, asthma, hypertension).evidence) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(countCodePoints(text));
          expect(sliceCodePoints(text, start, end)).toMatch(/krabbe|asthma|htn|blood/i);
        }
      }),
    );
  });
});
