import { describe, expect, test } from 'vitest';

import type { Code } from '../../src/domain/icd.ts';
import { cardText, type KnowledgeCard, knowledgeCard } from '../../src/domain/knowledge.ts';
import { excerptOf } from '../support/terminology.ts';

const terms = { icd10cm: excerptOf('icd10cm'), icd9cm: excerptOf('icd9cm') };

function cardOf(system: Code['system'], code: string): KnowledgeCard {
  const card = knowledgeCard(terms[system], { system, type: 'dx', code });
  if (card === null) throw new Error(`no card of ${code}`);
  return card;
}

describe('a knowledge card', () => {
  test('names the path from the chapter down, without ranges of codes', () => {
    expect(cardOf('icd10cm', 'E75.21').hierarchy).toEqual([
      { code: 'CH04', title: 'Endocrine, nutritional and metabolic diseases' },
      { code: 'BLK:E70-E88', title: 'Metabolic disorders' },
      { code: 'E75', title: 'Disorders of sphingolipid metabolism and other lipid storage disorders' },
      { code: 'E75.2', title: 'Other sphingolipidosis' },
    ]);
    expect(cardOf('icd9cm', '401.9').hierarchy.map(({ title }) => title)).toEqual([
      'Diseases Of The Circulatory System',
      'Hypertensive Disease',
      'Essential hypertension',
    ]);
    expect(cardOf('icd10cm', 'B20').hierarchy.at(-1)?.title).toBe('Human immunodeficiency virus [HIV] disease');
  });

  test('takes inclusion terms as synonyms', () => {
    expect(cardOf('icd10cm', 'N18.6').synonyms).toEqual([
      { term: 'Chronic kidney disease requiring chronic dialysis', source: 'inclusion-term', scope: 'exact' },
    ]);
  });

  test('takes the inclusion terms of an "other" code as narrower than it', () => {
    const other = cardOf('icd10cm', 'E75.29');
    expect(other.title).toBe('Other sphingolipidosis');
    expect(other.synonyms.length).toBeGreaterThan(0);
    expect(other.synonyms.every(({ scope }) => scope === 'narrow')).toBe(true);
  });

  test('gives a code with an episode the names of the condition, as broader', () => {
    expect(cardOf('icd10cm', 'S02.5XXA').synonyms).toEqual([
      { term: 'Fracture of tooth (traumatic)', source: 'title', scope: 'broad' },
      { term: 'Broken tooth', source: 'inclusion-term', scope: 'broad' },
    ]);
  });

  test('gives an "unspecified" code the name of its parent, for it says no more', () => {
    expect(cardOf('icd10cm', 'E75.249').synonyms).toContainEqual({
      term: 'Niemann-Pick disease',
      source: 'title',
      scope: 'exact',
    });
  });

  test('leaves out inclusion notes that speak of other codes', () => {
    const { synonyms } = cardOf('icd10cm', 'I11.9');
    expect(terms.icd10cm.find('I11')?.includes).toEqual([
      'any condition in I50.- or I51.4-I51.7, I51.89, I51.9 due to hypertension',
    ]);
    expect(cardOf('icd10cm', 'I11').synonyms).toEqual([]);
    expect(synonyms.every(({ term }) => !/I5[01]/.test(term))).toBe(true);
  });

  test('has the short title of ICD-9-CM as a synonym', () => {
    expect(cardOf('icd9cm', '401.9').synonyms).toEqual([
      { term: 'Hypertension NOS', source: 'short-title', scope: 'exact' },
    ]);
  });

  test('lists the siblings most alike and says how many are left out', () => {
    const { siblings, siblingsLeftOut } = cardOf('icd10cm', 'C91.00');
    expect(siblings.map(({ code }) => code)).toEqual(['C91.01', 'C91.02']);
    expect(siblingsLeftOut).toBe(0);
    const crowded = cardOf('icd10cm', 'C82.01');
    expect(crowded.siblings).toHaveLength(8);
    expect(crowded.siblingsLeftOut).toBe(terms.icd10cm.siblings('C82.01').length - 8);
  });

  test('inherits sequencing and exclusion notes from the codes above, nearest first', () => {
    const card = cardOf('icd10cm', 'N18.31');
    expect(card.codeFirst).toEqual([
      'any associated:',
      'diabetic chronic kidney disease (E08.22, E09.22, E10.22, E11.22, E13.22)',
      'hypertensive chronic kidney disease (I12.-, I13.-)',
    ]);
    expect(cardOf('icd10cm', 'S02.5XXA').excludes1).toEqual(['cracked tooth (nontraumatic) (K03.81)']);
  });

  test('says which sex and ages the code allows', () => {
    expect(cardOf('icd10cm', 'O14.12')).toMatchObject({ sex: 'F', ageRange: { min: 12, max: 55 } });
    expect(cardOf('icd10cm', 'E75.21')).toMatchObject({ sex: null, ageRange: null });
  });

  test('of a code with placeholders is that of the code it stands for, under its own spelling', () => {
    expect(cardOf('icd10cm', 'S02.5XX')).toEqual({
      ...cardOf('icd10cm', 'S02.5'),
      code: { system: 'icd10cm', type: 'dx', code: 'S02.5XX' },
    });
  });

  test.each(['Q99.9', 'BLK:B20', 'CH01'])('%s has none', (code) => {
    expect(knowledgeCard(terms.icd10cm, { system: 'icd10cm', type: 'dx', code })).toBeNull();
  });
});

test('the text of a card is title, synonyms and path', () => {
  expect(cardText(cardOf('icd10cm', 'N18.6'))).toBe(
    'End stage renal disease. Chronic kidney disease requiring chronic dialysis. Diseases of the genitourinary system > ' +
      'Acute kidney failure and chronic kidney disease > Chronic kidney disease (CKD)',
  );
});

test('no text of a card prints a code', () => {
  for (const code of [...terms.icd10cm.descendants('CH04')].map((entry) => entry.code)) {
    expect(cardText(cardOf('icd10cm', code))).not.toMatch(/\b[A-Z]\d\d(\.|-|\b)/);
  }
});
