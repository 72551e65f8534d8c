import { capitalised } from './clinician-name.ts';
import type { KnowledgeCard } from './knowledge.ts';
import {
  CARE,
  CONDITIONS,
  DISPOSITIONS,
  FOLLOW_UPS,
  HEADINGS,
  MANAGEMENT,
  MEDICATIONS,
  OPENINGS,
  STATEMENTS,
} from './scaffold-phrases.ts';
import { problemOf } from './scaffold-topics.ts';
import type { Problem, Topic } from './scaffold-topics.ts';
import { randomOf } from './seed.ts';
import type { Random } from './seed.ts';

/** What a scaffold is built from: it says these things and makes up no others. */
export interface ScaffoldFacts {
  /** One for each code, the target's first. */
  readonly cards: readonly KnowledgeCard[];
  readonly sex: 'F' | 'M' | null;
  /** Years. */
  readonly age: number | null;
  /** Length wished for. A long set takes more; a short one is filled with general phrases as far as these last. */
  readonly words: number;
}

type Layout = 'problem-list' | 'sections' | 'narrative';
const LAYOUTS: readonly Layout[] = ['problem-list', 'sections', 'narrative'];

interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** A code with all that may be said of it, in the order in which it is said. */
interface Told {
  readonly topic: Topic;
  readonly name: string;
  readonly anyName: string;
  readonly statement: string;
  readonly management: readonly string[];
}

/** Everything that the note may say, chosen once; how much of it is used depends on the length. */
interface Material {
  readonly told: readonly Told[];
  readonly reason: string;
  readonly opening: string;
  readonly sentences: readonly string[];
  readonly care: readonly string[];
  readonly closing: readonly Section[];
  readonly headings: Record<keyof typeof HEADINGS, string>;
  readonly backgroundFirst: boolean;
}

interface Amount {
  /** Sentences on each problem after the one that states it. */
  readonly management: number;
  readonly care: number;
  readonly closing: number;
  readonly diagnoses: boolean;
}

const BACKGROUND: ReadonlySet<Topic> = new Set(['family', 'history', 'status', 'circumstance']);

/**
 * A note that affirms every code of a set, each at least once by its title in a sentence of its own, in words taken from the knowledge
 * cards. The same facts and seed give the same note; another seed gives another layout, order and wording.
 *
 * @param sentences ready sentences to be told in the hospital course
 */
export function writeScaffold(facts: ScaffoldFacts, seed: number, sentences: readonly string[] = []): string {
  const random = randomOf('scaffold', seed);
  const layout = pick(random, LAYOUTS);
  const material = gather(facts, random, sentences);
  let note = '';
  for (const amount of amounts(material.care.length, random.next() < 0.5)) {
    note = render(layout, compose(layout, material, amount));
    if (note.split(/\s+/).length >= facts.words * 0.95) break;
  }
  return note;
}

/** More and more of the material. */
function* amounts(mostCare: number, listsDiagnoses: boolean): Generator<Amount> {
  for (let step = 0; step <= mostCare; step += 1) {
    yield {
      management: Math.min(4, Math.floor(step / 4)),
      care: Math.min(mostCare, 1 + step),
      closing: 1 + step,
      diagnoses: listsDiagnoses ? step >= 3 : step >= 12,
    };
  }
}

function gather(facts: ScaffoldFacts, random: Random, sentences: readonly string[]): Material {
  const say = (template: string): string => capitalised(spoken(template, facts, random));
  const problems = facts.cards.map(problemOf);
  const reason = problems.find(({ topic }) => !BACKGROUND.has(topic)) ?? problems[0];
  const headings = Object.fromEntries(Object.entries(HEADINGS).map(([part, template]) => [part, say(template)]));
  const close = (part: keyof typeof HEADINGS, templates: readonly string[]): Section => ({
    heading: headings[part] ?? '',
    lines: [say(pick(random, templates))],
  });
  return {
    told: tell(problems, say, random),
    reason: reason === undefined ? '' : `${capitalised(reason.name)}.`,
    opening: say(pick(random, OPENINGS)),
    sentences,
    care: [...new Set([...random.shuffled(CARE), ...random.shuffled(CARE), ...random.shuffled(CARE)].map(say))],
    closing: random.shuffled([
      close('medications', MEDICATIONS),
      close('condition', CONDITIONS),
      close('disposition', DISPOSITIONS),
      close('followUp', FOLLOW_UPS),
    ]),
    headings: headings as Material['headings'],
    backgroundFirst: random.next() < 0.4,
  };
}

/** Each problem with its sentences; phrases repeat only when there are more problems than phrases. */
function tell(problems: readonly Problem[], say: (template: string) => string, random: Random): Told[] {
  const decks = new Map<string, string[]>();
  const deal = (name: string, phrases: readonly string[]): string => {
    const deck = decks.get(name) ?? [];
    decks.set(name, deck);
    if (deck.length === 0) deck.push(...random.shuffled(phrases));
    return deck.pop() ?? '';
  };
  return problems.map(({ topic, name, otherNames }) => {
    const anyName = pick(random, [name, ...otherNames]);
    return {
      topic,
      name,
      anyName,
      statement: named(say(deal(topic, STATEMENTS[topic])), name),
      management: [1, 2, 3, 4].map(() => say(deal('management', MANAGEMENT))),
    };
  });
}

function compose(layout: Layout, material: Material, amount: Amount): Section[] {
  const { headings, told } = material;
  const [target, ...rest] = told;
  const background = rest.filter(({ topic }) => BACKGROUND.has(topic));
  const active = rest.filter(({ topic }) => !BACKGROUND.has(topic));
  const care = [...material.sentences, ...material.care.slice(0, amount.care)];

  const present = section(headings.present, [
    [
      material.opening,
      ...(target === undefined ? [] : [target.statement, ...target.management.slice(0, amount.management)]),
    ].join(' '),
  ]);
  const past = section(
    headings.background,
    background.map(({ statement }) => statement),
  );
  const course =
    layout === 'problem-list'
      ? [
          section(
            headings.problems,
            active.map((problem, index) => `${index + 1}. ${asListed(problem, amount)}`),
          ),
          section(headings.care, [care.join(' ')]),
        ]
      : [
          section(headings.course, [
            interleaved(
              active.map((problem) => paragraph([problem], amount)),
              care,
            ),
          ]),
        ];
  const diagnoses = section(
    headings.diagnoses,
    amount.diagnoses ? told.map(({ anyName }) => `${capitalised(anyName)}.`) : [],
  );
  const opening = material.backgroundFirst ? [past, present] : [present, past];
  return [
    section(headings.reason, [material.reason]),
    ...opening,
    ...course,
    diagnoses,
    ...material.closing.slice(0, amount.closing),
  ].filter(({ lines }) => lines.some((line) => line !== ''));
}

function section(heading: string, lines: readonly string[]): Section {
  return { heading, lines };
}

function paragraph(problems: readonly Told[], { management }: Amount): string {
  return problems.map((problem) => [problem.statement, ...problem.management.slice(0, management)].join(' ')).join(' ');
}

function asListed({ name, management }: Told, amount: Amount): string {
  return [`${capitalised(name)}.`, ...management.slice(0, Math.max(1, amount.management))].join(' ');
}

/** General sentences spread evenly between the problems. */
function interleaved(problems: readonly string[], care: readonly string[]): string {
  const share = care.length / (problems.length + 1);
  const parts = problems.flatMap((problem, index) => [
    ...care.slice(Math.round(index * share), Math.round((index + 1) * share)),
    problem,
  ]);
  return [...parts, ...care.slice(Math.round(problems.length * share))].join(' ');
}

function render(layout: Layout, sections: readonly Section[]): string {
  if (layout === 'narrative') return sections.map(({ lines }) => lines.join(' ')).join('\n\n');
  return sections.map(({ heading, lines }) => `${heading}:\n${lines.join('\n')}`).join('\n\n');
}

/** Puts a name into a phrase. */
function named(phrase: string, name: string): string {
  return phrase.replaceAll('NAME', () => name).replaceAll('Name', () => capitalised(name));
}

/** A phrase with its choices made and the patient put in. */
function spoken(template: string, { sex, age }: ScaffoldFacts, random: Random): string {
  const subject = sex === 'F' ? 'she' : sex === 'M' ? 'he' : 'the patient';
  const possessive = sex === 'F' ? 'her' : sex === 'M' ? 'his' : 'their';
  return template
    .replace(/\{([^{}]*)\}/g, (_, choices: string) => pick(random, choices.split('|')))
    .replaceAll('SUBJECT', subject)
    .replaceAll('Subject', capitalised(subject))
    .replaceAll('POSSESSIVE', possessive)
    .replaceAll('PERSON', personOf(sex, age));
}

/** Ages over 89 are not told apart (45 CFR 164.514(b)(2)(i)(C)). */
function personOf(sex: ScaffoldFacts['sex'], age: number | null): string {
  const word = (female: string, male: string, either: string): string =>
    sex === 'F' ? female : sex === 'M' ? male : either;
  if (age === null) return word('a woman', 'a man', 'a patient');
  if (age < 1) return word('an infant girl', 'an infant boy', 'an infant');
  if (age > 89) return `${word('a woman', 'a man', 'a patient')} over 89 years of age`;
  const years = Math.round(age);
  const article = years === 8 || years === 11 || years === 18 || (years >= 80 && years <= 89) ? 'an' : 'a';
  const kind = years < 13 ? word('girl', 'boy', 'child') : word('woman', 'man', 'patient');
  return `${article} ${years}-year-old ${kind}`;
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(0, items.length - 1)]!;
}
