import { codeKey } from './icd.ts';
import type { KnowledgeCard } from './knowledge.ts';
import type { CoverageRejection, Rejection } from './verdict.ts';

/**
 * A rejection in a sentence for people.
 *
 * @param cardTitle title of the code it is about, where it is about one
 */
export function describeRejection(rejection: Rejection, cardTitle?: string): string {
  switch (rejection.check) {
    case 'coverage':
      return describeCoverage(rejection, cardTitle);
    case 'label-leak':
      return `${LEAKS[rejection.reason]} (${times(rejection.count)})`;
    case 'copy':
      return `shares a run of ${rejection.tokens} words with source note ${rejection.source} (limit ${rejection.limit})`;
    case 'form':
      if (rejection.reason === 'too-short') return `has ${rejection.words} words, fewer than ${rejection.limit}`;
      if (rejection.reason === 'too-long') return `has ${rejection.words} words, more than ${rejection.limit}`;
      return FORMS[rejection.reason];
  }
}

/**
 * What the next attempt is told: one line a reason, codes by their description and never by their number, no text of the rejected note.
 */
export function repairAdvice(rejections: readonly Rejection[], cards: readonly KnowledgeCard[]): string[] {
  const titles = new Map(cards.map((card) => [codeKey(card.code), card.title]));
  return [...new Set(rejections.map((rejection) => adviceOn(rejection, titles)))];
}

const COVERAGE: Record<CoverageRejection['reason'], string> = {
  'not-found': 'is not named',
  negated: 'is named only to be denied',
  family: 'is said of the family only',
  hypothetical: 'is named only as something that may happen or is looked for',
  'not-historical': 'is named, but not as the history that the code asks for',
};

const LEAKS = {
  'code-printed': 'prints codes',
  'prompt-heading': 'repeats headings of the prompt',
  'meta-talk': 'talks about the task instead of the patient, or wraps the note in a code fence or in thoughts',
} as const;

const FORMS = {
  empty: 'is empty',
  truncated: 'was cut off before its end',
  language: 'is not written in English',
} as const;

const COVERAGE_ADVICE: Record<CoverageRejection['reason'], string> = {
  'not-found':
    'was missing: state it in plain words, with the specific terms of its description close together in one sentence',
  negated: 'was denied: state it plainly as a fact',
  family: 'was only said of the family: state that the patient has it',
  hypothetical: 'was only mentioned as a risk or test: state that the patient has it',
  'not-historical': 'was named without saying that it is history: say "history of" in the same sentence',
};

function describeCoverage({ code, target, reason }: CoverageRejection, title: string | undefined): string {
  const name = title === undefined ? code.code : `${code.code} ${title}`;
  return `${target ? 'target ' : ''}${name} ${COVERAGE[reason]}`;
}

function adviceOn(rejection: Rejection, titles: ReadonlyMap<string, string>): string {
  switch (rejection.check) {
    case 'coverage':
      return `"${titles.get(codeKey(rejection.code)) ?? 'one of the conditions'}" ${COVERAGE_ADVICE[rejection.reason]}.`;
    case 'label-leak':
      if (rejection.reason === 'code-printed')
        return 'Classification codes were printed: name conditions in words only.';
      if (rejection.reason === 'prompt-heading')
        return 'Wording of these instructions was repeated: write the note only.';
      return 'The note talked about itself or the task, or stood in a wrapper: write only what a clinician would, in plain text.';
    case 'copy':
      return 'A passage was copied from an example: use your own sentences throughout.';
    case 'form':
      return formAdvice(rejection);
  }
}

function formAdvice(rejection: Extract<Rejection, { check: 'form' }>): string {
  switch (rejection.reason) {
    case 'empty':
      return 'No note was written: write the full note.';
    case 'too-short':
      return `The note had only ${rejection.words} words: write more, in full sections.`;
    case 'too-long':
      return `The note had ${rejection.words} words: keep to the length asked for.`;
    case 'truncated':
      return 'The note was cut off: write more briefly and finish it.';
    case 'language':
      return 'The note was not in English: write in English only.';
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
