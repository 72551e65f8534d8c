import type { Code } from './icd.ts';

/** How near the relative stands whose note lent its code set (arXiv 2511.14112, hierarchical substitution). */
export type Rung = 'sibling' | 'cousin' | 'block' | 'chapter';

/** `clone`: an anchor note carries the target itself. `substitute`: it carries a relative, swapped for the target. */
export type Strategy = 'clone' | 'substitute';

/** Why a code of the anchor's set is not in the new one. */
export type DropReason =
  | 'swapped' // the relative that the target replaces
  | 'duplicate'
  | 'ancestor'
  | 'descendant'
  | 'same-axis'
  | 'no-knowledge'; // no table describes it, so no note could be proved to carry it

export interface DroppedCode {
  readonly code: Code;
  readonly reason: DropReason;
}

/** The codes that one note is written about. */
export interface CodeSet {
  readonly ordinal: number;
  /** Target first, then the anchor's other codes in the anchor's order. */
  readonly codes: readonly Code[];
  readonly strategy: Strategy;
  /** Id of the source note whose code set was taken. */
  readonly anchor: string;
  readonly rung: Rung | null;
  readonly sibling: Code | null;
  readonly dropped: readonly DroppedCode[];
  readonly sex: 'F' | 'M' | null;
  /** Years; the anchor's, jittered within what the codes allow. Null where the corpus does not say. */
  readonly age: number | null;
  /** Ids of the source notes shown (de-identified) as examples in the prompt. */
  readonly examples: readonly string[];
}
