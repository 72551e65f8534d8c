import type { CodeSet } from './code-set.ts';
import { DependencyFailure } from './failure.ts';
import type { KnowledgeCard } from './knowledge.ts';
import { repairAdvice } from './rejection.ts';
import type { Rejection } from './verdict.ts';

/** Changes with every change of the template; part of the revision. */
export const PROMPT_VERSION = '1';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface PromptInput {
  readonly set: CodeSet;
  /** One for each code of the set, in its order: the target's first. */
  readonly cards: readonly KnowledgeCard[];
  /** Notes to learn style from, de-identified already; nearest first. */
  readonly examples: readonly { readonly id: string; readonly text: string }[];
  /** Length asked for. */
  readonly words: number;
  /** Why the attempt before was rejected; empty on the first one. */
  readonly rejections: readonly Rejection[];
  /** Tokens that the prompt may have. */
  readonly budgetTokens: number;
  readonly countTokens: (text: string) => number;
}

export interface Prompt {
  readonly messages: readonly ChatMessage[];
  /** What did not fit the budget, in the order in which it was given up. */
  readonly leftOut: readonly string[];
}

const SYSTEM = [
  'You are an experienced physician who writes realistic, fictional clinical notes for training medical coding software.',
  'Every patient is invented. You write the note itself and nothing else: no preface, no comment, no closing remark.',
].join(' ');

const HEADINGS = {
  conditions: 'CONDITIONS THE NOTE MUST DOCUMENT',
  knowledge: 'WHAT THESE CONDITIONS MEAN',
  patient: 'PATIENT TO DESCRIBE',
  style: 'STYLE EXAMPLES',
  task: 'WRITING INSTRUCTIONS',
  repair: 'WHAT WAS WRONG WITH THE PREVIOUS ATTEMPT',
} as const;

const EXAMPLE_START = '<<<EXAMPLE';
const EXAMPLE_END = 'EXAMPLE>>>';

/** Wording of the prompt that no note has reason to repeat, in lower case. */
export const PROMPT_HEADINGS: readonly string[] = [...Object.values(HEADINGS), EXAMPLE_START, EXAMPLE_END].map(
  (heading) => heading.toLowerCase(),
);

/** What may be given up for a small context, first to last; codes never are. */
interface Extras {
  readonly examples: PromptInput['examples'];
  readonly siblings: boolean;
  readonly hierarchy: boolean;
  readonly synonyms: boolean;
}

/** Names shown for one code. */
const synonymsShown = 8;
const siblingsShown = 6;

/**
 * The prompt for one attempt at one note. Each code of the set stands on a line of its own, `- <code> <description>`, target first; no
 * other line begins so.
 *
 * What does not fit the budget is left out in this order: examples (last first), siblings, hierarchy, synonyms.
 *
 * @throws DependencyFailure `context-length` when codes and instructions alone do not fit
 */
export function buildPrompt(input: PromptInput): Prompt {
  const leftOut: string[] = [];
  for (const { extras, gaveUp } of smallerAndSmaller(input.examples)) {
    if (gaveUp !== null) leftOut.push(gaveUp);
    const messages = messagesFor(input, extras);
    if (input.countTokens(promptText(messages)) <= input.budgetTokens) return { messages, leftOut };
  }
  throw new DependencyFailure(
    'context-length',
    { setting: 'llm.model' },
    `the ${input.cards.length} codes of the set do not fit ${input.budgetTokens} prompt tokens`,
  );
}

/** The messages as one text, for the audit and for counting. */
export function promptText(messages: readonly ChatMessage[]): string {
  return messages.map(({ role, content }) => `[${role}]\n${content}`).join('\n\n');
}

function* smallerAndSmaller(examples: PromptInput['examples']): Generator<{ extras: Extras; gaveUp: string | null }> {
  let extras: Extras = { examples, siblings: true, hierarchy: true, synonyms: true };
  yield { extras, gaveUp: null };
  for (let kept = examples.length - 1; kept >= 0; kept -= 1) {
    extras = { ...extras, examples: examples.slice(0, kept) };
    yield { extras, gaveUp: `example ${examples[kept]?.id}` };
  }
  for (const part of ['siblings', 'hierarchy', 'synonyms'] as const) {
    extras = { ...extras, [part]: false };
    yield { extras, gaveUp: part };
  }
}

function messagesFor(input: PromptInput, extras: Extras): ChatMessage[] {
  const parts = [
    section(HEADINGS.conditions, conditions(input.cards)),
    section(
      HEADINGS.knowledge,
      input.cards.flatMap((card) => knowledge(card, extras)),
    ),
    section(HEADINGS.patient, patient(input.set)),
    section(HEADINGS.style, style(extras.examples)),
    section(HEADINGS.task, task(input)),
    section(HEADINGS.repair, repair(input)),
  ];
  return [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: parts.filter((part) => part !== '').join('\n\n') },
  ];
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [heading, ...lines].join('\n');
}

function conditions(cards: readonly KnowledgeCard[]): string[] {
  return cards.map(({ code, title }) => `- ${code.code} ${oneLine(title)}`);
}

function knowledge(card: KnowledgeCard, extras: Extras): string[] {
  const title = oneLine(card.title);
  const synonyms = card.synonyms
    .filter(({ source, scope }) => scope !== 'broad' && source !== 'short-title')
    .slice(0, synonymsShown)
    .map(({ term }) => oneLine(term));
  const path = card.hierarchy.map((ancestor) => oneLine(ancestor.title));
  const siblings = card.siblings.slice(0, siblingsShown).map((sibling) => oneLine(sibling.title));
  const facts = [
    ...(extras.synonyms && synonyms.length > 0 ? [`  also called: ${synonyms.join('; ')}`] : []),
    ...(extras.hierarchy && path.length > 0 ? [`  belongs to: ${path.join(' > ')}`] : []),
    ...(extras.siblings && siblings.length > 0 ? [`  not to be confused with: ${siblings.join('; ')}`] : []),
  ];
  return facts.length === 0 ? [] : [`* ${title}`, ...facts];
}

function patient({ sex, age }: CodeSet): string[] {
  const who = sex === null ? 'sex as fits the conditions' : sex === 'F' ? 'female' : 'male';
  return [`* ${who}, ${age === null ? 'age as fits the conditions' : ageInWords(age)}`];
}

function ageInWords(age: number): string {
  if (age < 1) return 'infant under one year of age';
  return age > 89 ? 'over 89 years old' : `${Math.round(age)} years old`;
}

function style(examples: PromptInput['examples']): string[] {
  if (examples.length === 0) return [];
  return [
    'Real notes with identifiers removed. They show tone and layout only: take over no patient, fact, number or sentence from them.',
    ...examples.flatMap(({ text }) => [EXAMPLE_START, asQuoted(text), EXAMPLE_END]),
  ];
}

/** Lines of an example never look like a line of the code list. */
function asQuoted(text: string): string {
  return text.trim().replace(/^[ \t]*-[ \t]+/gm, '* ');
}

function task({ words }: PromptInput): string[] {
  return [
    `* Write one clinical note of about ${words} words in plain English text, as a clinician would dictate it.`,
    '* Document every condition listed above as a present fact about this patient (history codes as history), the first one as the main subject.',
    '* Name each condition at least once by its specific name or an established synonym, with side, stage, type or cause in the same sentence.',
    '* Support each with findings, tests or treatment that a clinician would record; add no other diagnosis.',
    '* Never deny a listed condition, never print classification codes, never list the conditions as in this prompt.',
    '* No real names, dates, addresses or numbers that identify anyone; no markdown.',
  ];
}

function repair({ rejections, cards }: PromptInput): string[] {
  return repairAdvice(rejections, cards).map((line) => `* ${line}`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
