import type { CodeSet } from '../../src/domain/code-set.ts';
import type { Code } from '../../src/domain/icd.ts';
import type { KnowledgeCard, NamedCode } from '../../src/domain/knowledge.ts';
import type { ValidationPolicy } from '../../src/domain/revision.ts';

/** A diagnosis of ICD-10-CM, or of ICD-9-CM where the code begins with a digit. */
export function dx(code: string): Code {
  return { system: /^\d/.test(code) ? 'icd9cm' : 'icd10cm', type: 'dx', code };
}

/** A knowledge card with just what a test is about. */
export function card(
  code: string,
  title: string,
  more: {
    readonly inclusionTerms?: readonly string[];
    readonly siblings?: readonly NamedCode[];
  } & Partial<KnowledgeCard> = {},
): KnowledgeCard {
  const { inclusionTerms = [], ...rest } = more;
  return {
    code: dx(code),
    title,
    synonyms: inclusionTerms.map((term) => ({ term, source: 'inclusion-term', scope: 'exact' })),
    hierarchy: [],
    siblings: [],
    siblingsLeftOut: 0,
    codeFirst: [],
    useAdditional: [],
    excludes1: [],
    sex: null,
    ageRange: null,
    ...rest,
  };
}

/** A code set over the codes of cards, the first one its target. */
export function setOf(cards: readonly KnowledgeCard[], more: Partial<CodeSet> = {}): CodeSet {
  return {
    ordinal: 1,
    codes: cards.map(({ code }) => code),
    strategy: 'clone',
    anchor: 'anchor-1',
    rung: null,
    sibling: null,
    dropped: [],
    sex: 'F',
    age: 61,
    examples: [],
    ...more,
  };
}

/** Every check rejects. */
export const strict: ValidationPolicy = {
  attempts: 3,
  coverage: { action: 'reject' },
  'label-leak': { action: 'reject' },
  copy: { action: 'reject', maxSharedTokens: 40 },
  form: { action: 'reject', minShare: 0.15, maxShare: 4 },
};
