import { describe, expect, test } from 'vitest';

import { createGate, type GateInput } from '../../src/domain/gate.ts';
import { type KnowledgeCard, knowledgeCard } from '../../src/domain/knowledge.ts';
import { PROMPT_HEADINGS } from '../../src/domain/prompt.ts';
import { randomOf } from '../../src/domain/seed.ts';
import type { CodeEntry, Terminology } from '../../src/domain/terminology.ts';
import { sliceCodePoints } from '../../src/domain/tokens.ts';
import { card, setOf, strict } from '../support/cards.ts';
import { terminologyOf } from '../support/terminology.ts';

const cards = [
  card('E75.23', 'Krabbe disease'),
  card('N18.32', 'Chronic kidney disease, stage 3b'),
  card('I10', 'Essential (primary) hypertension', { inclusionTerms: ['High blood pressure'] }),
  card('Z80.3', 'Family history of malignant neoplasm of breast'),
];

/** Our own fiction. */
const sentences = [
  'The patient is a woman who was seen in the metabolic clinic for follow-up of Krabbe disease, diagnosed by enzyme assay.',
  'She walks with a frame and reports no new falls since the last visit.',
  'Her CKD stage 3b is stable, and creatinine has not changed over the year.',
  'High blood pressure is treated with amlodipine.',
  'Her mother had breast cancer at the age of fifty.',
  'On examination she was alert, with increased tone in both legs.',
  'Physical therapy was renewed, and she will return in six months.',
];
const good = sentences.join(' ');

const anchor = {
  id: 'anchor-1',
  text: `Our anchor is invented too. ${Array.from({ length: 30 }, (_, i) => `finding number ${i} was recorded`).join(' and ')}.`,
};

function judge(change: Partial<GateInput> = {}) {
  const input: GateInput = {
    text: good,
    finishReason: 'stop',
    set: setOf(cards),
    cards,
    sources: [anchor],
    words: 100,
    policy: strict,
    ...change,
  };
  const verdict = createGate().judge(input);
  const reasons = verdict.checks.flatMap(({ rejections }) =>
    rejections.map(({ check, reason }) => `${check} ${reason}`),
  );
  return { ...verdict, reasons };
}

describe('the gate', () => {
  test('accepts a note that names and asserts all its codes, and points at the evidence', () => {
    const verdict = judge();
    expect(verdict.reasons).toEqual([]);
    expect(verdict.accepted).toBe(true);
    expect(verdict.evidence.map(({ code, start, end }) => [code.code, sliceCodePoints(good, start, end)])).toEqual([
      ['E75.23', 'Krabbe disease'],
      ['N18.32', 'CKD stage 3b'],
      ['I10', 'High blood pressure'],
      ['Z80.3', 'breast cancer'],
    ]);
    expect(verdict.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['form', true],
      ['coverage', true],
      ['label-leak', true],
      ['copy', true],
    ]);
  });

  const without = (index: number) => sentences.filter((_, i) => i !== index).join(' ');
  test.each<[string, Partial<GateInput>, string]>([
    ['the sentence of the target dropped', { text: without(0) }, 'coverage not-found'],
    ['the sentence of another code dropped', { text: without(2) }, 'coverage not-found'],
    [
      'a code denied',
      { text: good.replace('High blood pressure is', 'No high blood pressure; it is not') },
      'coverage negated',
    ],
    [
      'a code ruled out',
      { text: good.replace('CKD stage 3b is stable', 'CKD stage 3b was ruled out') },
      'coverage negated',
    ],
    [
      'a code moved to the family',
      { text: good.replace('follow-up of Krabbe', 'tests, as her brother has Krabbe') },
      'coverage family',
    ],
    ['a family code made the patient', { text: good.replace('Her mother had', 'She has') }, 'coverage not-historical'],
    ['the stage of a sibling', { text: good.replace('stage 3b', 'stage 3a') }, 'coverage not-found'],
    ['a code printed', { text: good.replace('Krabbe disease', 'Krabbe disease (E75.23)') }, 'label-leak code-printed'],
    ['a heading of the prompt', { text: `${PROMPT_HEADINGS[0]}\n${good}` }, 'label-leak prompt-heading'],
    ['a preface', { text: `Here is the clinical note: ${good}` }, 'label-leak meta-talk'],
    [
      'sixty words copied from the anchor',
      { text: `${good} ${anchor.text.split(' ').slice(8, 68).join(' ')}` },
      'copy shared-run',
    ],
    [
      'sixty words copied from an example as the prompt showed it, identifiers replaced',
      {
        text: `${good} On [date] ${Array.from({ length: 20 }, (_, i) => `step ${i} [date]`).join(' then ')}`,
        sources: [
          {
            id: 'b',
            text: `On 3/14/2019 ${Array.from({ length: 20 }, (_, i) => `step ${i} 3/${i + 1}/2019`).join(' then ')}`,
          },
        ],
      },
      'copy shared-run',
    ],
    ['the end cut off', { finishReason: 'length' }, 'form truncated'],
    ['next to nothing left', { words: 1000 }, 'form too-short'],
    ['everything said five times', { text: Array.from({ length: 5 }, () => good).join(' ') }, 'form too-long'],
    [
      'another language',
      {
        text: 'La paciente fue vista en la clínica para el seguimiento de su enfermedad y no tiene más síntomas que los de antes.',
      },
      'form language',
    ],
    ['nothing', { text: '' }, 'form empty'],
  ])('names the damage: %s', (_, damage, reason) => {
    const verdict = judge(damage);
    expect(verdict.reasons).toContain(reason);
    expect(verdict.accepted).toBe(false);
  });

  test('finds a title that holds a full stop where the note has it word for word', () => {
    const femur = card('821.32', 'Open fracture of epiphysis. Lower (separation) of femur');
    const text = `Our patient was admitted with ${femur.title}, which was set and dressed in theatre.`;
    expect(judge({ text, cards: [femur], set: setOf([femur]), words: 20 }).reasons).toEqual([]);
  });

  test('judges an empty reply by its form alone', () => {
    expect(judge({ text: ' ' }).reasons).toEqual(['form empty']);
  });

  test('a check that only warns leaves its reasons and accepts; one that is off says nothing', () => {
    const damaged = good.replace('Krabbe disease', 'Krabbe disease (E75.23)');
    const warned = judge({ text: damaged, policy: { ...strict, 'label-leak': { action: 'warn' } } });
    expect(warned).toMatchObject({ accepted: true, reasons: ['label-leak code-printed'] });
    const off = judge({ text: damaged, policy: { ...strict, 'label-leak': { action: 'off' } } });
    expect(off).toMatchObject({ accepted: true, reasons: [] });
  });

  test('no rejection holds text of the note', () => {
    const canary = 'zebracanary';
    const text = `${canary} E75.23 ${canary} ${anchor.text} ${canary}`;
    expect(JSON.stringify(judge({ text, finishReason: 'length', words: 2000 }))).not.toContain(canary);
  });
});

describe('the gate is fair to', () => {
  const insulin = card('Z79.4', 'Long term (current) use of insulin');
  const asked = [
    card('E75.21', 'Fabry (-Anderson) disease'),
    card('N18.32', 'Chronic kidney disease, stage 3b'),
    card('I10', 'Essential (primary) hypertension'),
    card('D50.9', 'Iron deficiency anemia, unspecified'),
    insulin,
  ];
  /** Our own fiction, in the shapes that models answer in. */
  test.each([
    [
      'markdown headings and bullets',
      '## Admission Diagnoses\n\n- **Fabry (-Anderson) disease**: on enzyme replacement.\n- **Chronic kidney disease, stage 3b** - stable\n' +
        '- *Essential (primary) hypertension*\n- Iron deficiency anemia\n\n## Medications\n\n* Long-term insulin use\n\n## Hospital Course\n\nShe did well.',
    ],
    [
      'titles word for word in a numbered list',
      `**Discharge diagnoses**\n${asked.map(({ title }, i) => `${i + 1}. ${title}`).join('\n')}\n\nShe went home with her family.`,
    ],
    [
      'a list in one line',
      `Diagnoses: ${asked.map(({ title }, i) => `${i + 1}. ${title}`).join('; ')}. She went home with her family.`,
    ],
    ['capitals', `DIAGNOSES: ${asked.map(({ title }) => title.toUpperCase()).join(', ')}. SHE WENT HOME.`],
    [
      'a table',
      `| # | Diagnosis |\n|---|---|\n${asked.map(({ title }, i) => `| ${i + 1} | ${title} |`).join('\n')}\n\nShe went home.`,
    ],
    [
      'British spelling',
      'Known Fabry disease. Chronic kidney disease stage 3b and essential hypertension, on long-term insulin; iron deficiency anaemia was found, without haemorrhage.',
    ],
  ])('%s', (_, text) => {
    expect(judge({ text, cards: asked, set: setOf(asked), words: 60 }).reasons).toEqual([]);
  });

  test('a short paragraph that states each description once, where notes are long', () => {
    const text =
      'A 61-year-old woman with Fabry disease was reviewed on the ward. She also has chronic kidney disease, stage 3b, essential ' +
      'hypertension, and iron deficiency anemia. She is on long-term insulin. She felt well and was discharged home in stable condition.';
    expect(judge({ text, cards: asked, set: setOf(asked), words: 274 }).reasons).toEqual([]);
  });

  test('a note whose only long run in common with its anchor is the title of a code', () => {
    const title = `Injury of ${Array.from({ length: 50 }, (_, i) => `part${i}`).join(' ')}`;
    const long = [card('S99', title)];
    const text = `She was admitted with ${title.toLowerCase()} and was seen by the surgeons.`;
    const sources = [{ id: 'a', text: `He came in with ${title} in the night.` }];
    expect(judge({ text, cards: long, set: setOf(long), sources, words: 60 }).reasons).toEqual([]);
    expect(judge({ text: `${good} ${text}`, sources }).reasons).toEqual(['copy shared-run']);
  });
});

describe('on real titles', () => {
  const gate = createGate();
  const policy = { ...strict, form: { ...strict.form, action: 'off' as const } };

  test.each([
    [
      'icd10cm',
      [
        'A00',
        'C00',
        'D50',
        'E00',
        'F01',
        'G00',
        'H00',
        'H60',
        'I00',
        'J00',
        'K00',
        'L00',
        'M00',
        'N00',
        'O00',
        'P00',
        'Q00',
        'R00',
        'S00',
        'V00',
        'Z00',
      ],
    ],
    [
      'icd9cm',
      [
        '001',
        '140',
        '240',
        '280',
        '290',
        '320',
        '390',
        '460',
        '520',
        '580',
        '630',
        '680',
        '710',
        '740',
        '760',
        '780',
        '800',
        'V01',
        'E800',
      ],
    ],
  ] as const)('a title in a sentence names its code, and "No evidence of" denies it: %s', (system, chapters) => {
    const terms = terminologyOf(system, 'dx') as Terminology;
    const codes = chapters.flatMap((code) => [...terms.descendants(terms.chapter(code)?.code ?? '')]);
    expect(codes.length).toBeGreaterThan(10_000);
    const sample = randomOf('titles', system).shuffled(codes).slice(0, 300);

    const reasonOf = (entry: CodeEntry, text: string) => {
      const cards = [knowledgeCard(terms, { system, type: 'dx', code: entry.code }) as KnowledgeCard];
      const verdict = gate.judge({
        text,
        finishReason: 'stop',
        set: setOf(cards),
        cards,
        sources: [],
        words: 10,
        policy,
      });
      return verdict.checks.flatMap(({ rejections }) => rejections)[0]?.reason ?? 'accepted';
    };
    const stated = sample.filter((entry) => reasonOf(entry, `The patient has ${entry.title}.`) === 'accepted');
    const denied = sample.filter((entry) => reasonOf(entry, `No evidence of ${entry.title}.`) === 'negated');
    expect(stated.length / sample.length).toBeGreaterThanOrEqual(0.99);
    expect(denied.length / sample.length).toBeGreaterThanOrEqual(0.97);
  });
});
