import { CLINICAL_EXPANSIONS } from './clinical-expansions.ts';
import type { NoteText } from './sentences.ts';
import { acronymForm, isPassedOver, type SurfaceTerm, widthOfMark } from './surface-terms.ts';
import { type Token, tokenise } from './tokens.ts';
import { normalForm } from './word-forms.ts';

/** One place where a word form stands, by itself or through a short form that means it. */
interface Occurrence {
  /** Content position: words passed over do not count, punctuation sets apart. */
  readonly position: number;
  readonly sentence: number;
  /** Tokens, end exclusive. */
  readonly from: number;
  readonly to: number;
}

/** A note's word forms and where they stand. */
export interface NoteIndex {
  readonly note: NoteText;
  readonly occurrences: ReadonlyMap<string, readonly Occurrence[]>;
}

/** One place where a note names a code. */
export interface Mention {
  readonly term: SurfaceTerm;
  readonly sentence: number;
  /** Tokens, end exclusive. */
  readonly from: number;
  readonly to: number;
  /** The tokens that name it, a subset of those between. */
  readonly tokens: readonly number[];
}

interface Expansion {
  readonly pattern: readonly string[];
  /** Set when the short form is only matched as written. */
  readonly asWritten: string | null;
  readonly adds: readonly string[];
}

/** Short forms that are common words in lower case. */
const WORDS_IN_LOWER_CASE = new Set(['ALL', 'AIDS', 'LOC', 'PROM', 'GAD', 'SOB']);

/** The form that "without" and "no" share. */
const negation = normalForm('without');

const expansionsByFirstForm = compileExpansions();

function compileExpansions(): Map<string, Expansion[]> {
  const byFirst = new Map<string, Expansion[]>();
  for (const [written, phrases] of Object.entries(CLINICAL_EXPANSIONS)) {
    const pattern = tokenise(written).flatMap(({ form }) => (form === '' ? [] : [form]));
    const first = pattern[0] as string;
    const exact = /^[A-Z][A-Za-z0-9]*$/.test(written) && (written.length <= 2 || WORDS_IN_LOWER_CASE.has(written));
    const adds = [...new Set(phrases.flatMap((phrase) => contentOf(phrase)))];
    byFirst.set(first, [...(byFirst.get(first) ?? []), { pattern, asWritten: exact ? written : null, adds }]);
  }
  return byFirst;
}

/** The content forms of a phrase, and of what its single words stand for in turn. */
function contentOf(phrase: string): string[] {
  const forms = tokenise(phrase).flatMap(({ form }) => (form === '' || isPassedOver(form) ? [] : [form]));
  const further = tokenise(phrase).flatMap(({ lower }) =>
    lower === 'carcinoma' ? contentOf('malignant neoplasm') : [],
  );
  return [...forms, ...further];
}

/** Indexes a note for {@link findMentions}. */
export function indexNote(note: NoteText): NoteIndex {
  const occurrences = new Map<string, Occurrence[]>();
  const add = (form: string, occurrence: Occurrence): void => {
    const known = occurrences.get(form);
    if (known === undefined) occurrences.set(form, [occurrence]);
    else known.push(occurrence);
  };
  note.sentences.forEach(({ from, to }, sentence) => {
    let position = 0;
    for (let i = from; i < to; i += 1) {
      const token = note.tokens[i] as Token;
      if (token.kind === 'mark') {
        position += widthOfMark(token.text);
        continue;
      }
      const here = { position, sentence, from: i, to: i + 1 };
      add(token.form, here);
      if (/^[A-Z][A-Z0-9]{2,6}$/.test(token.text)) add(acronymForm(token.text), here);
      addExpansions(note.tokens, i, to, here, add);
      if (!isPassedOver(token.form)) position += 1;
    }
  });
  return { note, occurrences };
}

function addExpansions(
  tokens: readonly Token[],
  at: number,
  end: number,
  here: Occurrence,
  add: (form: string, occurrence: Occurrence) => void,
): void {
  const token = tokens[at] as Token;
  const plural = /^[A-Z]{2,}s$/.test(token.text);
  const first = plural ? token.lower.slice(0, -1) : token.form;
  for (const { pattern, asWritten, adds } of expansionsByFirstForm.get(first) ?? []) {
    if (asWritten !== null && asWritten !== (plural ? token.text.slice(0, -1) : token.text)) continue;
    const to = matchPattern(tokens, at, end, pattern);
    if (to === null) continue;
    for (const form of adds) add(form, { ...here, to });
  }
}

/** Where a phrase that begins at `at` ends, hyphens passed over; null where it is another one. */
function matchPattern(tokens: readonly Token[], at: number, end: number, pattern: readonly string[]): number | null {
  let i = at + 1;
  for (let k = 1; k < pattern.length; k += 1, i += 1) {
    while (i < end && tokens[i]?.text === '-') i += 1;
    if (i >= end || tokens[i]?.form !== pattern[k]) return null;
  }
  return i;
}

/** Places where all words of a term stand near each other in one sentence, in any order; the tightest ones, without overlap. */
export function findMentions({ note, occurrences }: NoteIndex, term: SurfaceTerm): Mention[] {
  const lists: (readonly Occurrence[])[] = [];
  for (const form of term.required) {
    const list = occurrences.get(form);
    if (list === undefined) return [];
    lists.push(list);
  }
  const rarest = lists.reduce((a, b) => (b.length < a.length ? b : a));
  const sentences = [...new Set(rarest.map(({ sentence }) => sentence))];
  return sentences.flatMap((sentence) => mentionsIn(note, sentence, term, lists));
}

function mentionsIn(
  note: NoteText,
  sentence: number,
  term: SurfaceTerm,
  lists: readonly (readonly Occurrence[])[],
): Mention[] {
  const places: { readonly word: number; readonly at: Occurrence }[] = [];
  for (let word = 0; word < lists.length; word += 1) {
    const before = places.length;
    for (const at of lists[word] as readonly Occurrence[]) if (at.sentence === sentence) places.push({ word, at });
    if (places.length === before) return [];
  }
  places.sort((a, b) => a.at.position - b.at.position || a.at.from - b.at.from);
  const mentions: Mention[] = [];
  // For each word where it stands so far, as far back as the term may stretch.
  const held: Occurrence[][] = lists.map(() => []);
  for (const { word, at } of places) {
    held[word]?.push(at);
    for (const seen of held)
      while (seen[0] !== undefined && at.position - seen[0].position >= term.extent) seen.shift();
    if (held.some((seen) => seen.length === 0)) continue;
    const mention = toMention(
      term,
      sentence,
      held.map((seen, k) => placeOf(seen, term.required[k] as string)),
    );
    for (const seen of held) seen.length = 0;
    if (!startsNegated(note, mention)) mentions.push(mention);
  }
  return mentions;
}

/** The earliest place still in reach; a name's own negation stands inside it, so its latest. */
function placeOf(seen: readonly Occurrence[], form: string): Occurrence {
  return (form === negation ? seen.at(-1) : seen[0]) as Occurrence;
}

/** "No X or Y" is not "X without Y": a name's own negation stands inside it. */
function startsNegated(note: NoteText, { term, from }: Mention): boolean {
  return note.tokens[from]?.form === negation && term.required[0] !== negation && term.required.includes(negation);
}

function toMention(term: SurfaceTerm, sentence: number, places: readonly Occurrence[]): Mention {
  const tokens = [...new Set(places.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, k) => from + k)))];
  return { term, sentence, from: Math.min(...tokens), to: Math.max(...tokens) + 1, tokens };
}
