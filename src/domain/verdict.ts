import type { Code } from './icd.ts';

/** Where a note carries a code. Offsets count Unicode code points of the note's text, end exclusive. */
export interface EvidenceSpan {
  readonly code: Code;
  readonly start: number;
  readonly end: number;
  /** How the code was recognised. */
  readonly mode: 'title' | 'synonym' | 'inclusion-term';
}

/** The gate's checks, by the names that zebra.yaml uses under `validation`. */
export type CheckName = 'coverage' | 'label-leak' | 'copy' | 'form';

export type CheckAction = 'off' | 'warn' | 'reject';

/** Why a note failed a check: a closed union, each with just its own fields, none of them note text. */
export type Rejection = CoverageRejection | LabelLeakRejection | CopyRejection | FormRejection;

export interface CoverageRejection {
  readonly check: 'coverage';
  /**
   * `not-found`: the note does not name the code. Else it does, but only `negated`, of the `family`, or as something that may happen
   * (`hypothetical`); a family or personal history code that is named outside such a context is `not-historical`.
   */
  readonly reason: 'not-found' | 'negated' | 'family' | 'hypothetical' | 'not-historical';
  readonly code: Code;
  readonly target: boolean;
}

export interface LabelLeakRejection {
  readonly check: 'label-leak';
  readonly reason: 'code-printed' | 'prompt-heading' | 'meta-talk';
  readonly count: number;
}

export interface CopyRejection {
  readonly check: 'copy';
  readonly reason: 'shared-run';
  /** Id of the source note. */
  readonly source: string;
  readonly tokens: number;
  readonly limit: number;
}

export type FormRejection =
  | { readonly check: 'form'; readonly reason: 'empty' | 'truncated' | 'language' }
  | {
      readonly check: 'form';
      readonly reason: 'too-short' | 'too-long';
      readonly words: number;
      readonly limit: number;
    };

export interface CheckResult {
  readonly name: CheckName;
  readonly action: CheckAction;
  readonly passed: boolean;
  readonly rejections: readonly Rejection[];
}

/** What the gate says of one reply. `accepted` is false when any check with action `reject` did not pass. */
export interface Verdict {
  readonly accepted: boolean;
  readonly checks: readonly CheckResult[];
  readonly evidence: readonly EvidenceSpan[];
}
