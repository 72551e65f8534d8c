import type { AttemptRef, NoteRef, TargetRef } from './ids.ts';
import type { Tier } from './tiers.ts';

/** Keyword search attributes of the workflows, by which people find a code in Temporal's own pages. */
export const SEARCH_ATTRIBUTES = ['ZebraCampaign', 'ZebraCode', 'ZebraTier', 'ZebraState'] as const;

/**
 * Whether calls may start, as the campaign last heard it. Signals between workflows may overtake each other: the campaign counts
 * them, and what is older than the last one heard is ignored.
 */
export interface Control {
  readonly paused: boolean;
  readonly order: number;
}

/** What starts a campaign workflow, and what it hands to itself when it continues as new. */
export interface CampaignInput {
  readonly ledgerId: string;
  readonly campaign: string;
  /** Passes over the open codes so far; names the shards of a pass. */
  readonly pass: number;
  readonly control: Control;
  /** The server knows {@link SEARCH_ATTRIBUTES}. */
  readonly searchable: boolean;
  /** Codes in flight at once, over all shards. */
  readonly window: number;
  /** Notes of one code in flight at once. */
  readonly notesPerCode: number;
}

/** A shard: a range of the campaign's plan order (inclusive positions). */
export interface ShardInput {
  readonly ledgerId: string;
  readonly campaign: string;
  readonly from: number;
  readonly to: number;
  readonly control: Control;
  readonly searchable: boolean;
  readonly window: number;
  readonly notesPerCode: number;
}

export interface CodeInput {
  readonly target: TargetRef;
  readonly control: Control;
  readonly searchable: boolean;
  readonly notesPerCode: number;
}

/** A code with open notes. */
export interface OpenTarget {
  readonly target: TargetRef;
  readonly tier: Tier;
}

/** How a code ended in this run; the counts and texts are in the ledger. */
export type CodeEnding = 'finished' | 'stopped';

/** An open note with the attempts that were judged before (after a crash or in an earlier run). */
export interface OpenNote {
  readonly ordinal: number;
  readonly attemptsJudged: number;
}

/** What `generate` answers: a committed reply, or that no call may start now. */
export type GenerateOutcome =
  | { readonly outcome: 'replied' }
  | { readonly outcome: 'parked' }
  | { readonly outcome: 'stopped' };

/** What `validate` answers; `missing` when the ledger no longer holds the reply. */
export type Judgement = 'accepted' | 'rejected' | 'missing';

/** The steps of the path as workflows see them: references in, references out, never text. */
export interface Steps {
  /** Ranges of codes with open notes, and how many notes are open; nothing for a cancelled campaign. */
  openWork(
    campaign: string,
  ): Promise<{ readonly shards: readonly { readonly from: number; readonly to: number }[]; readonly notes: number }>;
  /** Codes of a range with open notes. */
  openTargets(campaign: string, range: { readonly from: number; readonly to: number }): Promise<OpenTarget[]>;
  /** Anchor notes with the code or with a relative, and examples near its knowledge card. */
  retrieve(target: TargetRef): Promise<void>;
  /** One code set per open note; answers the open notes and how many attempts each may have. */
  substitute(target: TargetRef): Promise<{ readonly notes: readonly OpenNote[]; readonly attempts: number }>;
  /** Builds the prompt and makes one paid call, unless its reply is already committed. */
  generate(attempt: AttemptRef): Promise<GenerateOutcome>;
  /** Judges the reply; publishes it when accepted, settles the note as rejected on its last attempt. */
  validate(attempt: AttemptRef, last: boolean): Promise<Judgement>;
  /** Ends a note as failed. */
  failNote(note: NoteRef, type: string, detail: string): Promise<void>;
  /** Ends all open notes of a code as failed. */
  failTarget(target: TargetRef, type: string, detail: string): Promise<void>;
  /** Keeps the code's execution record. */
  archive(target: TargetRef): Promise<void>;
}
