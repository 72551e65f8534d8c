import type { Rung } from './code-set.ts';
import type { CodeEntry, Terminology } from './terminology.ts';

/** The ladder of hierarchical substitution (arXiv 2511.14112), nearest rung first. */
export const RUNGS = ['sibling', 'cousin', 'block', 'chapter'] as const satisfies readonly Rung[];

export interface Relative {
  readonly rung: Rung;
  /** As it was given: a code of a corpus keeps its spelling. */
  readonly code: string;
}

/**
 * How near a code stands to the target, by the nearest entry that both lie under: the target's parent code makes it a sibling, its
 * category a cousin, then block and chapter. (Two categories share no code, so their rung is the block at nearest.)
 *
 * The target's own line counts too: its parent, its children and the same code in another spelling (S02.5XX for S02.5) stand on the
 * sibling rung, further ancestors and descendants on the cousin rung, for both are nearer to it than any other code there.
 *
 * @returns null for the target itself, for what is no code, for unknown codes and for codes of another chapter
 */
export function rungBetween(term: Terminology, target: string, other: string): Rung | null {
  const from = term.resolve(target)?.entry;
  const to = term.resolve(other)?.entry;
  if (target === other || from?.kind !== 'code' || to?.kind !== 'code') return null;
  if (from.code === to.code || from.parent === to.code || to.parent === from.code) return 'sibling';
  const above = new Set(
    term
      .ancestors(to.code)
      .map((entry) => entry.code)
      .concat(to.code),
  );
  const shared = [from, ...term.ancestors(from.code)].find((entry) => above.has(entry.code));
  if (shared === undefined) return null;
  if (shared.kind !== 'code') return shared.kind;
  return from.parent === shared.code && to.parent === shared.code ? 'sibling' : 'cousin';
}

const wordsOf = (title: string): Set<string> => new Set(title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);

/** Jaccard index of the words of two titles, 0 to 1. */
export function titleLikeness(a: string, b: string): number {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  const shared = [...left].filter((word) => right.has(word)).length;
  return shared === 0 ? 0 : shared / (left.size + right.size - shared);
}

/** Entries most alike the title first; equally alike ones by code. */
export function byLikeness<T extends Pick<CodeEntry, 'code' | 'title'>>(title: string, entries: readonly T[]): T[] {
  return entries
    .map((entry) => ({ entry, likeness: titleLikeness(title, entry.title) }))
    .toSorted((a, b) => b.likeness - a.likeness || (a.entry.code < b.entry.code ? -1 : 1))
    .map(({ entry }) => entry);
}

/**
 * The relatives that may stand in for a target without notes, nearest rung first; within a rung by likeness of the titles, then by code.
 *
 * @param among - the codes to choose from, in any spelling that `resolve` takes: those that have notes. Without it, every code of the
 *   target's chapter (54,261 in the largest).
 */
export function* relatives(term: Terminology, target: string, among?: Iterable<string>): Generator<Relative> {
  const entry = term.resolve(target)?.entry;
  const chapter = term.chapter(target);
  if (entry === undefined || chapter === undefined) return;
  const candidates = among ?? [...term.descendants(chapter.code)].map(({ code }) => code);
  const byRung = new Map<Rung, { code: string; title: string }[]>(RUNGS.map((rung) => [rung, []]));
  for (const code of candidates) {
    const rung = rungBetween(term, target, code);
    if (rung !== null) byRung.get(rung)?.push({ code, title: term.resolve(code)?.entry.title ?? '' });
  }
  for (const rung of RUNGS) {
    for (const { code } of byLikeness(entry.title, byRung.get(rung) ?? [])) yield { rung, code };
  }
}
