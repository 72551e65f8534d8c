import { type Token, tokenise } from './tokens.ts';

/** A sentence, list item or heading line: tokens `from` (inclusive) to `to` (exclusive) of the note. */
export interface Sentence {
  readonly from: number;
  readonly to: number;
  /** The section that it stands in, as far as it changes whom or what a statement is about. */
  readonly section: Section;
}

export type Section = 'family-history' | 'other';

/** A note, cut into tokens and sentences once for all checks. */
export interface NoteText {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly sentences: readonly Sentence[];
}

/** Short forms whose full stop does not end a sentence. */
const ABBREVIATIONS = new Set(
  (
    'dr mr mrs ms prof st vs eg ie etc approx ca cf nos fig pt pts hx dx rx tx sx fx yr yrs mo wk hr hrs min sec max temp resp neg pos ' +
    'dept univ jr sr inc ltd al e.g i.e q.d b.i.d t.i.d q.i.d p.o p.r.n i.v a.m p.m bid tid qid prn vit inj tab tabs cap caps'
  ).split(' '),
);

/** Species that notes write after the first letter of their genus, in any case: "E. COLI". */
const SPECIES = new Set(
  (
    'coli aureus epidermidis difficile diff pylori pneumoniae pyogenes agalactiae viridans bovis faecalis faecium influenzae fragilis ' +
    'perfringens botulinum tetani welchii cereus aeruginosa cepacia maltophilia baumannii cloacae aerogenes oxytoca mirabilis marcescens ' +
    'freundii enterica typhi paratyphi jejuni cholerae vulnificus enterocolitica monocytogenes pertussis parapertussis catarrhalis ' +
    'meningitidis gonorrhoeae trachomatis psittaci tuberculosis avium leprae pallidum burgdorferi henselae burnetii pestis tularensis ' +
    'chaffeensis chafeensis ewingii muris phagocytophilum microti duncani divergens philipii albicans glabrata krusei auris jirovecii ' +
    'carinii neoformans fumigatus falciparum vivax malariae ovale gondii histolytica lamblia vaginalis solium'
  ).split(' '),
);

/** A line that wraps at a fixed width goes on in the next one. */
const wrapWidth = 55;

const HEADING = /^[ \t]*(?:[#*_]+[ \t]*)?([\p{L}][\p{L} /&()'-]{1,48}?)[*_]*[ \t]*(?::|[*_]+:?[ \t]*$|$)/u;
const LIST_ITEM = /^[ \t]*(?:[-*•–—]|\(?\d{1,2}[.)]|[a-z][.)])[ \t]+/;

/**
 * Reads a note: tokens, sentences (headings, lists, wrapped lines, abbreviations and decimals minded) and sections.
 *
 * @param names no sentence ends inside one of these, though it may hold a full stop
 */
export function readNote(text: string, names: readonly string[] = []): NoteText {
  const tokens = tokenise(text);
  return { text, tokens, sentences: splitSentences(text, tokens, stopsInside(tokens, names)) };
}

/** The tokens that are full stops inside a name. */
function stopsInside(tokens: readonly Token[], names: readonly string[]): ReadonlySet<number> {
  const inside = new Set<number>();
  for (const name of names) {
    if (!/\.\s/.test(name)) continue;
    const words = tokenise(name).map(({ lower }) => lower);
    tokens.forEach(({ lower }, at) => {
      if (lower !== words[0] || words.some((word, k) => tokens[at + k]?.lower !== word)) return;
      words.slice(0, -1).forEach((word, k) => word === '.' && inside.add(at + k));
    });
  }
  return inside;
}

function splitSentences(text: string, tokens: readonly Token[], inside: ReadonlySet<number>): Sentence[] {
  const sentences: Sentence[] = [];
  let section: Section = 'other';
  let from = 0;
  const close = (to: number): void => {
    if (to > from) sentences.push({ from, to, section });
    from = to;
  };
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i] as Token;
    const previous = tokens[i - 1];
    const gap = previous === undefined ? '\n' : text.slice(previous.index + previous.text.length, token.index);
    if (gap.includes('\n')) {
      if (previous === undefined || breaksLine(text, previous, token, gap)) {
        close(i);
        section = sectionAt(text, token.index, section);
      }
    } else if (
      previous !== undefined &&
      gap !== '' &&
      !inside.has(i - 1) &&
      endsSentence(tokens, { at: i - 1, from }, token)
    ) {
      close(i);
    }
  }
  close(tokens.length);
  return sentences;
}

function breaksLine(text: string, previous: Token, next: Token, gap: string): boolean {
  if (gap.indexOf('\n') !== gap.lastIndexOf('\n') || /[.:;?!]/.test(previous.text)) return true;
  const before = lineAround(text, previous.index);
  const after = lineAround(text, next.index);
  if (before.length < wrapWidth || LIST_ITEM.test(after) || LIST_ITEM.test(before)) return true;
  return /^[ \t]*[\p{Lu}][\p{L} /&]{1,40}:/u.test(after);
}

function lineAround(text: string, index: number): string {
  const start = text.lastIndexOf('\n', index - 1) + 1;
  const end = text.indexOf('\n', index);
  return text.slice(start, end === -1 ? text.length : end);
}

/** Whether the mark at `at` ends the sentence begun at `from`, before `next`, which follows it after white space. */
function endsSentence(
  tokens: readonly Token[],
  { at, from }: { readonly at: number; readonly from: number },
  next: Token,
): boolean {
  const mark = tokens[at] as Token;
  if (mark.text === '?' || mark.text === '!') return true;
  if (mark.text !== '.') return false;
  const word = tokens[at - 1];
  if (word === undefined || at - 1 === from) return false;
  if (word.kind === 'number') return next.kind !== 'number';
  if (ABBREVIATIONS.has(word.lower) || (word.lower === 'no' && next.kind === 'number')) return false;
  // A lower-case word after a single letter and a stop: "E. coli".
  if (word.lower.length === 1) {
    return (
      !SPECIES.has(next.lower) &&
      !/^\p{Ll}/u.test(next.text) &&
      tokens[at - 2]?.text !== '.' &&
      !isInitial(tokens[at - 2])
    );
  }
  return !/^\p{Ll}/u.test(next.text) || word.lower.length > 3;
}

/** A single letter after a title or another initial stands for a name. */
function isInitial(before: Token | undefined): boolean {
  return before !== undefined && /^(?:dr|mr|mrs|ms|prof|by)$/.test(before.lower);
}

/** The section that a new line opens, or the one that goes on. */
function sectionAt(text: string, index: number, current: Section): Section {
  const heading = HEADING.exec(lineAround(text, index))?.[1];
  if (heading === undefined || heading.split(' ').length > 6) return current;
  if (/^(?:pertinent )?(?:family|fam\.?|fh)(?: medical)?(?: (?:history|hx))?$/i.test(heading.trim()))
    return 'family-history';
  return 'other';
}
