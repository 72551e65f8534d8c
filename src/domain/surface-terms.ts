import { codeKey } from './icd.ts';
import type { KnowledgeCard } from './knowledge.ts';
import { titleVariants } from './title-variants.ts';
import { tokenise } from './tokens.ts';
import type { EvidenceSpan } from './verdict.ts';

/** Words that a title may hold and a note may leave out or put anywhere. */
const STOP_WORDS = (
  'of the a an in on at by to for from with and or as is was be been being are his her their its this that these those due which who ' +
  'into onto upon than via per'
).split(' ');

/** Words of the classification rather than of the patient: they name no condition. */
const RESIDUAL_WORDS = (
  'unspecified specified other others nos nec elsewhere classified classifiable mellitus encounter uncomplicated presence status ' +
  'personal current mention'
).split(' ');

/** Words that name nothing by themselves: a surface term needs one besides. */
const GENERIC_WORDS = (
  'disease disorder syndrome condition problem procedure finding complication injury symptom sign effect history use type part site ' +
  'acute chronic left right bilateral upper lower care patient person male female single multiple type stage initial late primary ' +
  'secondary without state body system circumstance factor reason'
).split(' ');

const formsOf = (words: readonly string[]): Set<string> =>
  new Set(words.flatMap((word) => tokenise(word).map((token) => token.form)));
const stopForms = formsOf(STOP_WORDS);
const residualForms = formsOf(RESIDUAL_WORDS);
const genericForms = formsOf(GENERIC_WORDS);

/** True for words that do not count when the words of a term are sought, nor when the distance between them is measured. */
export function isPassedOver(form: string): boolean {
  return stopForms.has(form) || residualForms.has(form);
}

/** One way in which a note may name a code: all of these words within one stretch of a sentence, in any order. */
export interface SurfaceTerm {
  readonly mode: EvidenceSpan['mode'];
  /** Distinct word forms, all required. */
  readonly required: readonly string[];
  /** Most content positions that a mention may stretch over. */
  readonly extent: number;
  /** Word forms that, asserted in the same sentence, name another code (what the title says it is "without"). */
  readonly excluded: readonly string[];
  /** Set where the words alone do not say it: a family-history code named by a disease wants a family context. */
  readonly needs: 'family' | 'historical' | null;
}

/** The surface terms of one code. */
export interface CardTerms {
  readonly terms: readonly SurfaceTerm[];
  /** Whom the code is about: family-history codes are affirmed by a family context. */
  readonly about: 'patient' | 'family' | 'history';
  /** The lower-case words of the title in order: they do not count as copied text. */
  readonly titleWords: readonly string[];
}

/** Z80-Z84 and Z85-Z87 of ICD-10-CM, V16-V19 and V10-V15 of ICD-9-CM. */
function aboutOf({ code }: KnowledgeCard): CardTerms['about'] {
  if (code.type !== 'dx') return 'patient';
  if (/^(?:Z8[0-4]|V1[6-9])/.test(code.code)) return 'family';
  return /^(?:Z8[5-7]|V1[0-5])/.test(code.code) ? 'history' : 'patient';
}

/**
 * The surface forms that count as naming the code of a card: its title, inclusion terms and synonyms, each with the variants that
 * clinicians write. Synonyms of a broader or related scope are left out.
 */
export function surfaceTerms(card: KnowledgeCard): CardTerms {
  const about = aboutOf(card);
  const terms = new Map<string, SurfaceTerm>();
  const add = (name: string, mode: EvidenceSpan['mode']): void => {
    for (const term of termsOfName(name, mode, about)) {
      const key = `${[...term.required].sort().join(' ')}|${term.excluded.join(' ')}|${term.needs ?? ''}`;
      const known = terms.get(key);
      if (known === undefined) terms.set(key, term);
      else if (term.extent > known.extent) terms.set(key, { ...known, extent: term.extent });
    }
  };
  add(card.title, 'title');
  for (const { term, source, scope } of card.synonyms) {
    if (scope === 'broad' || scope === 'related') continue;
    add(term, source === 'inclusion-term' || source === 'includes' ? 'inclusion-term' : 'synonym');
  }
  return { terms: [...terms.values()], about, titleWords: wordsOf(card.title) };
}

/** Surface terms of cards, each computed once. A card is known by its code, title and number of synonyms. */
export function createTermCache(): (card: KnowledgeCard) => CardTerms {
  const cache = new Map<string, CardTerms>();
  return (card) => {
    const key = `${codeKey(card.code)} ${card.synonyms.length} ${card.title}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    if (cache.size >= termsKept) cache.clear();
    const terms = surfaceTerms(card);
    cache.set(key, terms);
    return terms;
  };
}

/** Codes whose terms are kept at hand. */
const termsKept = 10_000;

function termsOfName(name: string, mode: EvidenceSpan['mode'], about: CardTerms['about']): SurfaceTerm[] {
  const acronym = /^[A-Z][A-Z0-9]{2,6}$/.test(name) ? [acronymForm(name)] : null;
  if (acronym !== null) return [{ mode, required: acronym, extent: 1, excluded: [], needs: null }];
  if (/^[A-Z0-9]{1,2}$/.test(name)) return [];
  const whole = ownExtent(name);
  const toTerm = (required: string[], without: string, needs: SurfaceTerm['needs']): SurfaceTerm => ({
    mode,
    required,
    extent: Math.max(extentFor(required.length), whole + 1),
    excluded: contentForms(without).filter((form) => !required.includes(form) && !genericForms.has(form)),
    needs,
  });
  const terms = titleVariants(name, { about, isTitle: mode === 'title' }).flatMap(({ text, without, needs }) => {
    const required = contentForms(text);
    return required.every((form) => genericForms.has(form)) ? [] : [toTerm(required, without, needs)];
  });
  return terms.length > 0
    ? terms
    : genericNames(name, about).map((words) => ({ ...toTerm(words.required, '', null), ...words }));
}

/**
 * A name of generic words only is sought as it is ("Injury, unspecified"); where it has several, also without the classification's talk
 * ("Complications of procedures, not elsewhere classified"), side by side.
 */
function genericNames(
  name: string,
  about: CardTerms['about'],
): { readonly required: string[]; readonly extent: number }[] {
  const literal = literalForms(name);
  if (literal.length === 0) return [];
  const short = titleVariants(name, { about, isTitle: false }).flatMap(({ text, needs }) => {
    const required = contentForms(text);
    return needs === null && required.length > 1 ? [{ required, extent: required.length }] : [];
  });
  return [{ required: literal, extent: Math.max(extentFor(literal.length), ownExtent(name) + 1) }, ...short];
}

/** The form under which a word in capitals is sought as written. */
export function acronymForm(text: string): string {
  return `^${text}`;
}

function literalForms(text: string): string[] {
  return [...new Set(tokenise(text).flatMap(({ form }) => (form === '' || stopForms.has(form) ? [] : [form])))];
}

function contentForms(text: string): string[] {
  return [...new Set(tokenise(text).flatMap(({ form }) => (form === '' || isPassedOver(form) ? [] : [form])))];
}

function wordsOf(text: string): string[] {
  return tokenise(text).flatMap(({ kind, lower }) => (kind === 'mark' ? [] : [lower]));
}

/** Two words stand next to each other or nearly; a long title may be spread over most of a sentence. */
function extentFor(words: number): number {
  if (words <= 3) return 2 * words - 1;
  return 2 * words + 2;
}

/** Positions that the name itself takes, counted as in a note. */
function ownExtent(text: string): number {
  return tokenise(text).reduce(
    (sum, { kind, form, text: written }) => sum + (kind === 'mark' ? widthOfMark(written) : isPassedOver(form) ? 0 : 1),
    0,
  );
}

/** How far a punctuation mark sets the words around it apart. */
export function widthOfMark(mark: string): number {
  if (mark === ',' || mark === ';') return 2;
  return /[-/'"’–]/.test(mark) ? 0 : 1;
}
