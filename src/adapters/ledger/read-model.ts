import type { CallReply, Retrieval, Span } from '../../activities/ports.ts';
import type { CodeSet } from '../../domain/code-set.ts';
import type { Code } from '../../domain/icd.ts';
import type { CampaignStatus } from '../../domain/status.ts';
import type { Tier } from '../../domain/tiers.ts';
import type { Verdict } from '../../domain/verdict.ts';

/** `zebra status --json`, and what of the budget is held back. */
export interface LedgerStatus extends CampaignStatus {
  readonly budget: CampaignStatus['budget'] & {
    /** Held for open calls, and for calls that a crash cut off and that may have been paid; in the price's currency. */
    readonly reservedCost: number;
    readonly reservedTokens: number;
  };
}

export interface CampaignEntry {
  readonly campaign: string;
  readonly revision: number;
  readonly corpus: string;
  readonly createdAt: number;
  readonly state: CampaignStatus['state'];
  readonly notes: CampaignStatus['notes'];
}

export type NoteState = 'pending' | 'accepted' | 'rejected' | 'failed';

/** A planned note in a listing. */
export interface NoteEntry {
  readonly id: string;
  readonly target: Code;
  readonly tier: Tier;
  readonly ordinal: number;
  readonly state: NoteState;
  readonly round: number;
  /** Attempts judged in that round. */
  readonly attempts: number;
  /** Failure type, or `check/reason` of the first rejection. */
  readonly reason: string | null;
  readonly detail: string | null;
  readonly settledAt: number | null;
}

export interface NoteFilter {
  readonly states?: readonly NoteState[];
  readonly code?: Code;
}

/** One planned note with everything that is known of it. `text` and `verdict` are of the accepted attempt, else of the last one judged. */
export interface NoteDetail extends NoteEntry {
  readonly campaign: string;
  readonly codeSet: CodeSet | null;
  readonly text: string | null;
  readonly verdict: Verdict | null;
  readonly history: readonly AttemptEntry[];
}

/** One HTTP try as the audit shows it. */
export interface CallEntry {
  readonly id: string;
  readonly tries: number;
  readonly host: string;
  readonly model: string;
  readonly promptHash: string;
  readonly promptVersion: string;
  readonly leftOut: readonly string[];
  readonly state: 'open' | 'replied' | 'failed' | 'lost' | 'late';
  readonly failure: { readonly type: string; readonly status: number | null } | null;
  readonly reservedTokens: number;
  readonly reservedCost: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cost: number | null;
  readonly openedAt: number;
  readonly closedAt: number | null;
}

export interface AttemptEntry {
  readonly id: string;
  readonly ordinal: number;
  readonly round: number;
  readonly attempt: number;
  readonly openedAt: number;
  readonly judgedAt: number | null;
  readonly calls: readonly CallEntry[];
  /** The reply that counts; its text lies under `textHash`. */
  readonly reply: (Omit<CallReply, 'text'> & { readonly replyId: string; readonly textHash: string }) | null;
  readonly verdict: Verdict | null;
  readonly spans: readonly Span[];
}

export interface RoundEntry {
  readonly round: number;
  readonly retrieval: Retrieval | null;
  /** Temporal's workflow runs of the code in this round. */
  readonly executions: readonly { readonly workflowId: string; readonly runId: string; readonly archivedAt: number }[];
  /** Steps of the whole code; those of an attempt stand with it. */
  readonly spans: readonly Span[];
}

/** Everything that happened to one target code. */
export interface CodeAudit {
  readonly schemaVersion: 1;
  readonly ledgerId: string;
  readonly campaign: string;
  readonly target: Code;
  readonly tier: Tier;
  readonly trainingCount: number;
  readonly planned: number;
  readonly rounds: readonly RoundEntry[];
  readonly notes: readonly (NoteEntry & {
    readonly codeSet: CodeSet | null;
    readonly history: readonly AttemptEntry[];
  })[];
  readonly spend: CampaignStatus['llm'];
}

/** An accepted note, ready for export. */
export interface AcceptedNote {
  readonly id: string;
  readonly campaign: string;
  readonly target: Code;
  readonly tier: Tier;
  readonly ordinal: number;
  readonly codeSet: CodeSet;
  readonly text: string;
  readonly verdict: Verdict;
  readonly model: string;
  readonly promptHash: string;
  readonly promptVersion: string;
  readonly round: number;
  readonly attempt: number;
  readonly replyId: string;
  readonly acceptedAt: number;
}

export interface RejectionCount {
  readonly check: string;
  readonly reason: string;
  /** Attempts that were rejected for it, over all rounds. */
  readonly attempts: number;
  /** Notes that ended rejected with it. */
  readonly notes: number;
}
