import type { CodeSystem } from './icd.ts';
import type { CheckAction } from './verdict.ts';
import type { Rung } from './code-set.ts';
import type { Tier } from './tiers.ts';

export interface AllocationPolicy {
  readonly alpha: number;
  /** M of arXiv 2511.14112: the most notes a code may get. */
  readonly maxPerCode: number;
  readonly offset: number;
  readonly logBase: 'e' | '2' | '10';
  readonly rounding: 'floor' | 'round' | 'ceil';
  /** `max`: a zero-shot code gets M; `formula`: what the formula gives at n = 0. */
  readonly zeroShot: 'max' | 'formula';
}

export interface TargetSelection {
  readonly tiers: readonly Tier[];
  /** Codes named by the user (from `codes` and `codesFile`), dotted. */
  readonly codes: readonly string[];
  readonly limit: number | null;
}

export interface SubstitutionPolicy {
  readonly mode: 'paper' | 'cleaned';
  readonly maxRung: Rung;
}

export interface ValidationPolicy {
  /** Most attempts for one note in one round, the first one included. */
  readonly attempts: number;
  readonly coverage: { readonly action: CheckAction };
  readonly 'label-leak': { readonly action: CheckAction };
  /** `maxSharedTokens`: longest run of tokens that a note may share with its anchor or an example. */
  readonly copy: { readonly action: CheckAction; readonly maxSharedTokens: number };
  /** Words, as shares of the length asked for, which is the corpus's median. */
  readonly form: { readonly action: CheckAction; readonly minShare: number; readonly maxShare: number };
}

/** Word counts of the training notes: what a note of this corpus looks like. */
export interface LengthProfile {
  readonly notes: number;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

/** Everything that decides what a campaign writes, frozen at plan. Concurrency, rates, budget and egress are not in it. */
export interface Revision {
  readonly schemaVersion: 1;
  readonly campaign: string;
  readonly revision: number;
  readonly codeSystem: CodeSystem;
  readonly seed: number;
  readonly corpus: {
    readonly id: string;
    readonly format: string;
    readonly restricted: boolean;
    readonly notes: number;
    readonly hash: string;
  };
  readonly terminology: readonly {
    readonly system: CodeSystem;
    readonly type: 'dx' | 'px';
    readonly release: string;
  }[];
  readonly allocation: AllocationPolicy;
  readonly targets: TargetSelection;
  readonly substitution: SubstitutionPolicy;
  readonly writer: { readonly kind: WriterKind; readonly model: string };
  readonly generation: { readonly temperature: number; readonly maxTokens: number; readonly words: number };
  readonly lengths: LengthProfile;
  readonly promptVersion: string;
  readonly gateVersion: string;
  readonly validation: ValidationPolicy;
  readonly embedding: { readonly provider: 'local' | 'openai'; readonly model: string };
}

export type WriterKind = 'scaffold' | 'scaffold+smollm2' | 'endpoint';
