import type { Rung } from './code-set.ts';
import { type Code, type CodeKey, codeKey, compareCodes } from './icd.ts';
import type { CodeEntry, Terminology } from './terminology.ts';

/** The ladder of hierarchical substitution, nearest first. */
export const RUNGS: readonly Rung[] = ['sibling', 'cousin', 'block', 'chapter'];

/** Relatives of a target on one rung that have training notes, the one with the most notes first, then by code. */
export interface RelativesWithNotes {
  readonly rung: Rung;
  readonly candidates: readonly Code[];
}

/**
 * Walks the ladder from a target to the nearest rung with a code that training notes carry (arXiv 2511.14112, hierarchical
 * substitution): sibling (same parent code), cousin (same category, the target's own parent and subdivisions among them), same
 * block, same chapter. Categories of one block are `block` to each other, though they share a parent.
 *
 * @param counts training notes by code; codes that none carries are absent
 * @param maxRung the last rung to try
 * @returns null when no rung up to `maxRung` has one, or the table does not know the target
 */
export function findRelativesWithNotes(
  terminology: Terminology,
  target: Code,
  counts: ReadonlyMap<CodeKey, number>,
  maxRung: Rung,
): RelativesWithNotes | null {
  const countOf = (code: Code): number => counts.get(codeKey(code)) ?? 0;
  for (const rung of RUNGS.slice(0, RUNGS.indexOf(maxRung) + 1)) {
    const candidates: Code[] = [];
    for (const entry of entriesOn(rung, terminology, target.code)) {
      const code: Code = { system: target.system, type: target.type, code: entry.code };
      if (entry.code !== target.code && countOf(code) > 0) candidates.push(code);
    }
    if (candidates.length > 0) {
      candidates.sort((left, right) => countOf(right) - countOf(left) || compareCodes(left, right));
      return { rung, candidates };
    }
  }
  return null;
}

/** Codes on a rung; a rung holds the nearer ones too, which a walk has tried before. */
function* entriesOn(rung: Rung, terminology: Terminology, code: string): Generator<CodeEntry> {
  if (rung === 'sibling') {
    if (terminology.ancestors(code)[0]?.kind === 'code') yield* terminology.siblings(code);
    return;
  }
  const top =
    rung === 'cousin'
      ? terminology.category(code)
      : rung === 'block'
        ? terminology.block(code)
        : terminology.chapter(code);
  if (top === undefined) return;
  if (top.kind === 'code') yield top;
  yield* terminology.descendants(top.code);
}
