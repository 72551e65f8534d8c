import type { Rung } from './code-set.ts';
import { type Code, type CodeKey, codeKey } from './icd.ts';
import { relatives, RUNGS } from './relatives.ts';
import type { Terminology } from './terminology.ts';

/** Relatives of a target on one rung that have training notes, the most alike by title first. */
export interface RelativesWithNotes {
  readonly rung: Rung;
  /** At least one. */
  readonly candidates: readonly Code[];
}

/**
 * Walks the ladder (see `rungBetween`) from a target up to the nearest rung with a code that training notes carry
 * (arXiv 2511.14112, hierarchical substitution).
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
  const reach = RUNGS.indexOf(maxRung);
  for (const pool of pools(terminology, target, counts)) {
    if (RUNGS.indexOf(pool.nearest) > reach) return null;
    const candidates: Code[] = [];
    let found: Rung | null = null;
    for (const { rung, code } of relatives(terminology, target.code, pool.codes)) {
      if (RUNGS.indexOf(rung) > reach || (found !== null && rung !== found)) break;
      found = rung;
      candidates.push({ ...target, code });
    }
    if (found !== null) return { rung: found, candidates };
  }
  return null;
}

interface Pool {
  /** The nearest rung that a code of the pool can stand on, when the pools before it hold none. */
  readonly nearest: Rung;
  readonly codes: readonly string[];
}

/** Codes with notes in the target's category, then in its block, then in its chapter: few codes are looked at closely. */
function* pools(terminology: Terminology, target: Code, counts: ReadonlyMap<CodeKey, number>): Generator<Pool> {
  const prefix = codeKey({ ...target, code: '' });
  const counted: string[] = [];
  for (const [key, count] of counts) {
    if (count > 0 && key.startsWith(prefix)) counted.push(key.slice(prefix.length));
  }
  const category = terminology.category(target.code)?.code;
  if (category === undefined) return;
  yield { nearest: 'sibling', codes: counted.filter((code) => code.startsWith(category)) };
  const block = terminology.block(target.code)?.code;
  if (block !== undefined) {
    yield { nearest: 'block', codes: counted.filter((code) => terminology.block(code)?.code === block) };
  }
  const chapter = terminology.chapter(target.code)?.code;
  yield { nearest: 'chapter', codes: counted.filter((code) => terminology.chapter(code)?.code === chapter) };
}
