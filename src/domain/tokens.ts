import { normalForm } from './word-forms.ts';

/** A word, number or punctuation mark of a text. */
export interface Token {
  /** As written. */
  readonly text: string;
  /** Lower case. */
  readonly lower: string;
  /** Normalised for matching: spelling variants, plurals and inflections share one form. Empty for a mark. */
  readonly form: string;
  readonly kind: 'word' | 'number' | 'mark';
  /** Code points from the start of the text, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** UTF-16 units from the start of the text. */
  readonly index: number;
}

/**
 * Words joined by these prefixes and a hyphen are one word: "non-pressure" is "nonpressure". Slashed short forms of clinical
 * notes (h/o, s/p, r/o, w/o) stay whole. A number keeps its decimals and a letter that follows (3b, 2.5, 7th).
 */
const TOKEN =
  /(?<![\p{L}\p{N}])(?:[hsrcdpn]\/[opwxtk]|w\/o?)(?![\p{L}\p{N}])|(?:(?:non|pre|post|anti|co|re|hyper|hypo|sub|intra|inter|multi|peri|mid|un)-)?\p{L}[\p{L}\p{M}\p{N}]*(?:['’]\p{L}+)?|\p{N}+(?:[.,]\p{N}+)*\p{L}*|[^\s\p{L}\p{N}]/giu;

const SURROGATE = /[\ud800-\udbff]/;
const STARTS_WITH_LETTER = /^\p{L}/u;
const STARTS_WITH_NUMBER = /^\p{N}/u;

/** Cuts a text into tokens; every character that is not white space belongs to one. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  const astral = SURROGATE.test(text);
  let counted = 0;
  let codePoints = 0;
  for (const match of text.matchAll(TOKEN)) {
    const written = match[0];
    const start = astral ? codePoints + countCodePoints(text.slice(counted, match.index)) : match.index;
    const end = start + (astral ? countCodePoints(written) : written.length);
    counted = match.index + written.length;
    codePoints = end;
    const lower = written.toLowerCase().replaceAll('’', "'");
    const kind = kindOf(written);
    tokens.push({
      text: written,
      lower,
      form: kind === 'mark' ? '' : normalForm(lower),
      kind,
      start,
      end,
      index: match.index,
    });
  }
  return tokens;
}

function kindOf(written: string): Token['kind'] {
  if (STARTS_WITH_LETTER.test(written)) return 'word';
  return STARTS_WITH_NUMBER.test(written) ? 'number' : 'mark';
}

/** Length of a text in Unicode code points. */
export function countCodePoints(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The part of a text between two code-point offsets, end exclusive: what Python's slicing gives. */
export function sliceCodePoints(text: string, start: number, end: number): string {
  return SURROGATE.test(text) ? Array.from(text).slice(start, end).join('') : text.slice(start, end);
}
