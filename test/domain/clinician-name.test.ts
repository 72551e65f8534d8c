import { expect, test } from 'vitest';
import { clinicianName } from '../../src/domain/clinician-name.ts';

test.each([
  ['Essential (primary) hypertension', 'essential hypertension'],
  ['Pain, unspecified', 'pain'],
  ['Chronic kidney disease, stage 3 unspecified', 'chronic kidney disease, stage 3'],
  ['Fabry (-Anderson) disease', 'Fabry disease'],
  [
    "Parkinson's disease without dyskinesia, without mention of fluctuations",
    "Parkinson's disease without dyskinesia, without mention of fluctuations",
  ],
  ['Human immunodeficiency virus [HIV] disease', 'human immunodeficiency virus disease'],
  ['HELLP syndrome', 'HELLP syndrome'],
  ['Heart disease, unspecified', 'heart disease'],
  ['Unspecified fracture of right femur, initial encounter', 'fracture of right femur'],
  ['Other specified disorders of bone, left hand', 'other disorders of bone, left hand'],
  ['Sprained ankle NOS', 'sprained ankle'],
  ['Type 2 diabetes mellitus without complications', 'type 2 diabetes mellitus without complications'],
  ['Unspecified', 'unspecified'],
  ['Skin loss [third degree]of hand', 'skin loss of hand'],
])('%s is written as %s', (title, expected) => {
  expect(clinicianName(title)).toBe(expected);
});
