import type { NoteText } from '../sentences.ts';
import { tokenise } from '../tokens.ts';
import type { CopyRejection } from '../verdict.ts';

/** A source note, cut into its words for {@link longestSharedRun}: as it is, and as the prompt showed it where that differs. */
export interface Source {
  readonly id: string;
  readonly wordings: readonly (readonly string[])[];
}

/** Runs shorter than this are not followed up. */
const seedWords = 8;

/** The words and numbers of a text in lower case: what a copied run is counted in. */
export function copyWords(text: string): string[] {
  return tokenise(text).flatMap(({ kind, lower }) => (kind === 'mark' ? [] : [lower]));
}

/**
 * Whether the note shares too long a run of words with a source (Carlini et al. 2023 judge extraction by verbatim runs). Words that
 * belong to a title of the note's codes do not count: both texts have to say them.
 */
export function checkCopy(
  note: NoteText,
  {
    sources,
    titles,
    limit,
  }: { readonly sources: readonly Source[]; readonly titles: readonly (readonly string[])[]; readonly limit: number },
): CopyRejection[] {
  const words = note.tokens.flatMap(({ kind, lower }) => (kind === 'mark' ? [] : [lower]));
  const counts = weights(words, titles);
  return sources.flatMap((source): CopyRejection[] => {
    const runs = source.wordings.map((wording) => longestSharedRun(words, wording, { counts, atLeast: limit + 1 }));
    const tokens = Math.max(0, ...runs);
    return tokens > limit ? [{ check: 'copy', reason: 'shared-run', source: source.id, tokens, limit }] : [];
  });
}

/**
 * The longest run of words that two texts share, in words that count.
 *
 * @param counts 1 for each word of `words` that counts, 0 for the others; all count without it
 * @param atLeast shorter results need not be exact
 */
export function longestSharedRun(
  words: readonly string[],
  other: readonly string[],
  { counts, atLeast = 1 }: { readonly counts?: Uint8Array; readonly atLeast?: number } = {},
): number {
  const seed = Math.max(1, Math.min(seedWords, atLeast));
  const ids = new Map<string, number>();
  const mine = words.map((word) => idOf(ids, word));
  const theirs = other.map((word) => ids.get(word) ?? -1);
  const starts = seedsOf(mine, seed);
  let longest = 0;
  // The end of the run last followed on each diagonal, so that a long run is followed once.
  const followed = new Map<number, number>();
  for (let at = 0; at + seed <= theirs.length; at += 1) {
    const key = seedKey(theirs, at, seed);
    if (key === null) continue;
    for (const start of starts.get(key) ?? []) {
      if ((followed.get(start - at) ?? -1) > at) continue;
      const length = sharedFrom(mine, start, theirs, at);
      followed.set(start - at, at + length);
      longest = Math.max(longest, counted(counts, start, length));
    }
  }
  return longest;
}

function idOf(ids: Map<string, number>, word: string): number {
  const known = ids.get(word);
  if (known !== undefined) return known;
  ids.set(word, ids.size);
  return ids.size - 1;
}

function seedsOf(words: readonly number[], seed: number): Map<number, number[]> {
  const starts = new Map<number, number[]>();
  for (let at = 0; at + seed <= words.length; at += 1) {
    const key = seedKey(words, at, seed) as number;
    const known = starts.get(key);
    if (known === undefined) starts.set(key, [at]);
    else known.push(at);
  }
  return starts;
}

/** A hash of the words from `at` on; null when one of them does not occur in the other text. Equal hashes are compared after. */
function seedKey(words: readonly number[], at: number, seed: number): number | null {
  let key = 17;
  for (let i = at; i < at + seed; i += 1) {
    const word = words[i] as number;
    if (word < 0) return null;
    key = (Math.imul(key, 31) + word) | 0;
  }
  return key;
}

function sharedFrom(mine: readonly number[], start: number, theirs: readonly number[], at: number): number {
  let length = 0;
  while (start + length < mine.length && at + length < theirs.length && mine[start + length] === theirs[at + length])
    length += 1;
  return length;
}

function counted(counts: Uint8Array | undefined, start: number, length: number): number {
  if (counts === undefined) return length;
  let sum = 0;
  for (let i = start; i < start + length; i += 1) sum += counts[i] as number;
  return sum;
}

/** 0 for words inside a title of the set, 1 for the others. */
function weights(words: readonly string[], titles: readonly (readonly string[])[]): Uint8Array {
  const counts = new Uint8Array(words.length).fill(1);
  const byFirst = new Map<string, (readonly string[])[]>();
  for (const title of titles) {
    const first = title[0];
    if (first !== undefined) byFirst.set(first, [...(byFirst.get(first) ?? []), title]);
  }
  words.forEach((word, at) => {
    for (const title of byFirst.get(word) ?? []) {
      if (title.every((part, k) => words[at + k] === part)) counts.fill(0, at, at + title.length);
    }
  });
  return counts;
}
