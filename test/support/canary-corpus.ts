import type { Canaries } from './leak-scan.ts';

/** What identifies the invented patients of the training notes: it may reach no prompt. */
export const IDENTIFIERS = [
  'Qzxvbnarov',
  'Trellwickson',
  '212-555-0186',
  '5519384712',
  'jq.zorvanex@mail.example',
  '41 Plumbargo Street',
  '078-05-1120',
];

type Five = readonly [word: string, number: string, name: string, unicode: string, phrase: string];

/** One set of canaries for each kind of line: a word, a number, a name, Unicode, and several words. */
const inText = {
  training: ['zyvqorbex', '7390518264', 'Qelmirovax', 'żółwβλξ猫', 'quorbled vexmire thrandle'],
  validation: ['wruxolphin', '8412097356', 'Vantrubelix', 'ñandúθψ鹿', 'skelvin morbatch oddle'],
  test: ['jexombrail', '6027493815', 'Hoxtrevalin', 'þórðurжщ龍', 'brindle osquatch fennivor'],
  'bad line': ['pluvenkragg', '9153607248', 'Dwimorbexal', 'ğüşïχφ鯨', 'tamsel corvigant ruddle'],
} satisfies Record<string, Five>;

const inMeta = ['ombrexilum', '3308174956'] as const;
const inSubject = 'subj-krvanteloq';

export const CANARIES = {
  ...inText,
  meta: inMeta,
  subject: [inSubject],
  identifier: IDENTIFIERS,
} satisfies Canaries;

type Group = keyof typeof inText;

const cases: readonly (readonly [disease: string, codes: readonly string[]])[] = [
  ['Fabry disease with burning feet and absent sweating', ['E75.21', 'I10']],
  ['Gaucher disease with an enlarged spleen and bone pain', ['E75.22', 'D64.9']],
  ['Wilson disease with tremor and copper rings of the cornea', ['E83.01', 'I10']],
  ['Addison disease, replaced with hydrocortisone', ['E27.1', 'E11.9']],
  ['myasthenia gravis without exacerbation, with drooping lids', ['G70.00', 'I10']],
  ['acromegaly from a pituitary adenoma, with growing hands', ['E22.0', 'E11.9']],
  ['sarcoidosis of the lung with cough and raised calcium', ['D86.0', 'I10']],
  ['Takayasu arteritis with unequal pulses', ['M31.4', 'D64.9']],
];

const fillers = [
  'The team walked through the plan twice and the family wrote it down at the bedside that evening.',
  'Breakfast went down well after two quiet nights, and the lines came out on the third morning.',
  'A follow-up visit stands for the spring, with blood counts drawn at the local surgery beforehand.',
  'Stairs were climbed with one hand on the rail, slowly, and with a rest on the half landing.',
];

/** One long line, as canary-laden as can be: what an endpoint that echoes the longest line of a prompt sends back. */
function textOf(group: Group, index: number): string {
  const [ward, sample, sign, foreign, margin] = inText[group];
  const [disease] = cases[index % cases.length]!;
  const [person, kin, phone, mrn, mail, street, ssn] = IDENTIFIERS;
  const trained = group === 'training';
  const who = trained
    ? `Mr. ${person}, MRN: ${mrn}, SSN ${ssn}, of ${street}, phone ${phone}, ${mail}; next of kin: ${kin}. `
    : '';
  return (
    `Fictional. ${who}Seen on the ${ward} ward for ${disease}; sample ${sample} was kept, and the sign of ${sign} was sought in vain. ` +
    `The chart says ${foreign} and ${margin} in the margin. ${fillers[index % fillers.length]} ` +
    `${trained ? person : 'The patient'} thanked the ward, and ${fillers[(index + 1) % fillers.length]!.toLowerCase()}`
  );
}

function noteLine(group: Exclude<Group, 'bad line'>, index: number): string {
  const [, codes] = cases[index % cases.length]!;
  const split = group === 'training' ? 'train' : group;
  const id = `${split}-${index}`;
  const subject = `${inSubject}-${id}`;
  return JSON.stringify({
    id,
    text: textOf(group, index),
    codes,
    split,
    subject,
    sex: index % 2 === 0 ? 'F' : 'M',
    age: 40 + index,
    meta: { kept: inMeta[0], [inMeta[1]]: true },
  });
}

export const TRAINING_IDS = cases.map((_, index) => `train-${index}`);

/** Whole lines of fiction: training notes of eight rare diseases, and validation and test notes of the same ones. */
export const GOOD_LINES: readonly string[] = [
  ...cases.map((_, index) => noteLine('training', index)),
  ...[0, 1, 2, 3].map((index) => noteLine('validation', index)),
  ...[4, 5, 6, 7].map((index) => noteLine('test', index)),
];

const [word, number, name, unicode, phrase] = inText['bad line'];

/** Lines that are no notes, each wrong in another way, each full of canaries. */
export const BAD_LINES: readonly (string | Buffer)[] = [
  badNote({}).slice(0, -40),
  badNote({}).replace('"codes"', 'codes'),
  inText['bad line'].join(' '),
  JSON.stringify(inText['bad line']),
  badNote({ text: { body: textOf('bad line', 0), [word]: 1 } }),
  badNote({ text: undefined, txet: textOf('bad line', 0) }),
  badNote({ codes: [word] }),
  badNote({ codes: [{ type: name, code: 'E75.21' }] }),
  badNote({ codes: [{ type: 'dx', code: { of: number } }] }),
  badNote({ codes: phrase }),
  badNote({ age: number }),
  badNote({ age: Number(number) }),
  badNote({ sex: name }),
  badNote({ split: word }),
  badNote({ subject: [unicode] }),
  badNote({ id: { no: unicode } }),
  badNote({ id: `${word}\u0007` }),
  badNote({ id: 'train-0' }),
  Buffer.concat([Buffer.from(badNote({}).slice(0, -2)), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
];

function badNote(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ id: 'bad', text: textOf('bad line', 1), codes: ['E75.21'], split: 'train', ...change });
}

export function corpusOf(lines: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
}
