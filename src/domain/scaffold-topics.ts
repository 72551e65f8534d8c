import { capitalised, clinicianName } from './clinician-name.ts';
import type { Code } from './icd.ts';
import type { KnowledgeCard } from './knowledge.ts';
import { findMentions, indexNote } from './mentions.ts';
import { readNote } from './sentences.ts';
import { createTermCache } from './surface-terms.ts';

/** What kind of thing a code names, as far as it changes how people say it. */
export type Topic =
  | 'condition'
  | 'symptom'
  | 'injury'
  | 'neoplasm'
  | 'pregnancy'
  | 'newborn'
  | 'circumstance'
  | 'family'
  | 'history'
  | 'status'
  | 'procedure';

/** A code as the embedded writer talks of it. */
export interface Problem {
  readonly topic: Topic;
  /** The title, as clinicians write it. */
  readonly name: string;
  /** Inclusion terms, as clinicians write them. */
  readonly otherNames: readonly string[];
}

const ICD10: readonly (readonly [RegExp, Topic])[] = [
  [/^[V-Y]/, 'circumstance'],
  [/^(?:S|T[0-2]|T3[0-4])/, 'injury'],
  [/^(?:C|D[0-4])/, 'neoplasm'],
  [/^O/, 'pregnancy'],
  [/^P/, 'newborn'],
  [/^R/, 'symptom'],
  [/^Z8[0-4]/, 'family'],
  [/^Z8[5-7]/, 'history'],
  [/^Z/, 'status'],
];

const ICD9: readonly (readonly [RegExp, Topic])[] = [
  [/^E/, 'circumstance'],
  [/^V1[6-9]/, 'family'],
  [/^V1[0-5]/, 'history'],
  [/^V/, 'status'],
  [/^(?:1[4-9]|2[0-3])/, 'neoplasm'],
  [/^6[3-7]/, 'pregnancy'],
  [/^7[67]/, 'newborn'],
  [/^7[89]/, 'symptom'],
  [/^(?:8|9[0-5])/, 'injury'],
];

/** By chapter and block of the code. */
function topicOf({ system, type, code }: Code): Topic {
  if (type === 'px') return 'procedure';
  return (system === 'icd10cm' ? ICD10 : ICD9).find(([pattern]) => pattern.test(code))?.[1] ?? 'condition';
}

/** Other names are left out when they are long, or speak of the classification ("conditions classifiable to C50.-"). */
const MOST_WORDS = 12;
const TALK = /[:;]|\d\.|classif|^any /i;

export function problemOf(card: KnowledgeCard): Problem {
  const { terms } = termsOf(card);
  const recognised = (phrase: string): boolean => {
    const index = indexNote(readNote(`${capitalised(phrase)}.`));
    return terms.some((term) => findMentions(index, term).length > 0);
  };
  const plain = clinicianName(card.title);
  const name = recognised(plain) ? plain : card.title;
  const otherNames = card.synonyms
    .filter(({ source, scope }) => source === 'inclusion-term' && (scope === 'exact' || scope === 'narrow'))
    .map(({ term }) => clinicianName(term))
    .filter((term) => term !== name && term.split(' ').length <= MOST_WORDS && !TALK.test(term) && recognised(term));
  return { topic: topicOf(card.code), name, otherNames: [...new Set(otherNames)] };
}

const termsOf = createTermCache();
