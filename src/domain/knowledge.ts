import type { Code } from './icd.ts';
import { byLikeness } from './relatives.ts';
import { type SexAndAge, sexAndAge } from './sex-and-age.ts';
import type { CodeEntry, Terminology } from './terminology.ts';

/** Another way to name a code's condition, and how its meaning relates to the code's. */
export interface Synonym {
  readonly term: string;
  readonly source: 'title' | 'short-title' | 'inclusion-term' | 'includes';
  readonly scope: 'exact' | 'narrow' | 'broad' | 'related';
}

export interface NamedCode {
  readonly code: string;
  readonly title: string;
}

/** What a prompt, the embedded writer and the checks know of a code (arXiv 2511.14112: description, synonyms, hierarchy). */
export interface KnowledgeCard extends SexAndAge {
  readonly code: Code;
  readonly title: string;
  readonly synonyms: readonly Synonym[];
  /** Chapter first, down to the parent; titles without their range of codes. */
  readonly hierarchy: readonly NamedCode[];
  /** At most eight, those with the titles most alike. */
  readonly siblings: readonly NamedCode[];
  readonly siblingsLeftOut: number;
  /** Notes of the code and of the codes above it, nearest first. */
  readonly codeFirst: readonly string[];
  readonly useAdditional: readonly string[];
  readonly excludes1: readonly string[];
}

const SIBLINGS_SHOWN = 8;

/** A chapter's or block's title without the range of its codes, `(A00-A09)`: a note must never print codes. */
const named = ({ code, title, kind }: CodeEntry): NamedCode => ({
  code,
  title: kind === 'code' ? title : title.replace(/ \([0-9A-Z-]+\)$/, ''),
});

/** `any condition in I50.-`, `not classifiable to C16.1-C16.4`, `due to:`: a note about other codes, or half a sentence, is no name. */
const isName = (text: string): boolean =>
  !/\b(?:classifi\w+|listed|categor\w+|[Cc]onditions? in|except|as in) .*\b[A-Z]\d[0-9A-Z]|:$/.test(text);

/**
 * Inclusion terms are synonyms of the title, but at a code for "other specified" conditions a list of the conditions assigned to it
 * (ICD-10-CM Official Guidelines, section I.A.11).
 */
function ownSynonyms(entry: CodeEntry): Synonym[] {
  const listsConditions = /^other\b|, other\b|\bother specified\b/i.test(entry.title);
  const terms = (texts: readonly string[], source: Synonym['source'], scope: Synonym['scope']) =>
    texts.filter(isName).map((term): Synonym => ({ term, source, scope }));
  return [
    ...terms(entry.shortTitle === null ? [] : [entry.shortTitle], 'short-title', 'exact'),
    ...terms(entry.inclusionTerms, 'inclusion-term', listsConditions ? 'narrow' : 'exact'),
    ...terms(entry.includes, 'includes', 'narrow'),
  ];
}

/**
 * Where a code's title is its parent's with an episode, side or stage added, the parent's names fit it too, and are what a note says:
 * as broader names, or as exact ones where nothing but "unspecified" is added.
 */
function parentsNames(entry: CodeEntry, parent: CodeEntry | undefined): Synonym[] {
  const start = `${parent?.title.toLowerCase()}, `;
  const title = entry.title.toLowerCase();
  if (parent?.kind !== 'code' || !title.startsWith(start)) return [];
  const scope = title === `${start}unspecified` ? 'exact' : 'broad';
  const names: Synonym[] = [{ term: parent.title, source: 'title', scope }, ...ownSynonyms(parent)];
  const narrower = scope === 'exact' ? 'narrow' : 'related';
  return names.map((synonym) => ({ ...synonym, scope: synonym.scope === 'narrow' ? narrower : scope }));
}

function synonymsOf(entry: CodeEntry, parent: CodeEntry | undefined): Synonym[] {
  const byTerm = new Map<string, Synonym>();
  for (const synonym of [...ownSynonyms(entry), ...parentsNames(entry, parent)]) {
    const key = synonym.term.toLowerCase();
    if (key !== entry.title.toLowerCase() && !byTerm.has(key)) byTerm.set(key, synonym);
  }
  return [...byTerm.values()];
}

/**
 * The knowledge card of a code.
 *
 * @param code - of the terminology's system and type; a code filled up with placeholders (S02.5XX) gets the card of the code it stands
 *   for, under its own spelling
 * @returns null when the table does not hold the code, or holds a block or chapter by that name
 */
export function knowledgeCard(term: Terminology, code: Code): KnowledgeCard | null {
  const entry = term.resolve(code.code)?.entry;
  if (entry?.kind !== 'code') return null;
  const ancestors = term.ancestors(entry.code);
  const line = [entry, ...ancestors.filter(({ kind }) => kind === 'code')];
  const noteOfLine = (note: 'codeFirst' | 'useAdditional' | 'excludes1') => [
    ...new Set(line.flatMap((at) => at[note])),
  ];
  const siblings = byLikeness(entry.title, term.siblings(entry.code)).filter(({ kind }) => kind === 'code');
  return {
    code,
    title: entry.title,
    synonyms: synonymsOf(entry, ancestors[0]),
    hierarchy: ancestors.map(named).toReversed(),
    siblings: siblings.slice(0, SIBLINGS_SHOWN).map(named),
    siblingsLeftOut: Math.max(0, siblings.length - SIBLINGS_SHOWN),
    codeFirst: noteOfLine('codeFirst'),
    useAdditional: noteOfLine('useAdditional'),
    excludes1: noteOfLine('excludes1'),
    ...sexAndAge({ ...code, code: entry.code }),
  };
}

/** The one text that stands for a code when notes near to it are searched: title, synonyms, path from chapter to parent. */
export function cardText(card: KnowledgeCard): string {
  const synonyms = card.synonyms.map(({ term }) => term);
  const path = card.hierarchy.map(({ title }) => title);
  return [card.title, ...(synonyms.length > 0 ? [synonyms.join('; ')] : []), path.join(' > ')].join('. ');
}
