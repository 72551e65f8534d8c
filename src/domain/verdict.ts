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
export type Rejection =
  | { readonly check: 'coverage'; readonly reason: 'not-found'; readonly code: Code; readonly target: boolean }
  | { readonly check: 'coverage'; readonly reason: 'negated'; readonly code: Code; readonly target: boolean }
  | { readonly check: 'label-leak'; readonly reason: 'code-printed'; readonly count: number }
  | { readonly check: 'label-leak'; readonly reason: 'prompt-heading'; readonly count: number }
  | {
      readonly check: 'copy';
      readonly reason: 'shared-run';
      readonly source: string;
      readonly tokens: number;
      readonly limit: number;
    }
  | { readonly check: 'form'; readonly reason: 'empty' }
  | { readonly check: 'form'; readonly reason: 'too-short'; readonly words: number; readonly limit: number }
  | { readonly check: 'form'; readonly reason: 'too-long'; readonly words: number; readonly limit: number }
  | { readonly check: 'form'; readonly reason: 'truncated' }
  | { readonly check: 'form'; readonly reason: 'language' };

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
