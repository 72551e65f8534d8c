import type { CodeSet } from '../domain/code-set.ts';
import type { Code } from '../domain/icd.ts';
import type { Tier } from '../domain/tiers.ts';
import type { Verdict } from '../domain/verdict.ts';

/** A published note as training formats take it. */
export interface AcceptedNote {
  /** `<campaign>/<system>/<type>/<code>/<ordinal>`, stable within a ledger. */
  readonly id: string;
  readonly target: Code;
  readonly tier: Tier;
  readonly codeSet: CodeSet;
  readonly text: string;
  readonly verdict: Verdict;
  readonly model: string;
  readonly promptHash: string;
  /** Counts from 1 within its round. */
  readonly attempt: number;
  readonly replyId: string;
}
