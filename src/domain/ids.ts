import type { Code } from './icd.ts';

/** One target code of a campaign in one round. Rounds start at 0; each replay command opens the next one. */
export interface TargetRef extends Code {
  readonly campaign: string;
  readonly round: number;
}

/** One planned note of a target. `ordinal` counts from 1 within the target. */
export interface NoteRef extends TargetRef {
  readonly ordinal: number;
}

/** One try at one note. `attempt` counts from 1 within the round. */
export interface AttemptRef extends NoteRef {
  readonly attempt: number;
}

/** Stable id of a planned note inside one ledger, e.g. `pilot/icd10cm/dx/E75.21/3`. */
export function noteId(ref: Pick<NoteRef, 'campaign' | 'system' | 'type' | 'code' | 'ordinal'>): string {
  return `${ref.campaign}/${ref.system}/${ref.type}/${ref.code}/${ref.ordinal}`;
}

/** Stable id of an attempt: the note's id, then round and attempt, e.g. `pilot/icd10cm/dx/E75.21/3/r0/a1`. */
export function attemptId(ref: AttemptRef): string {
  return `${noteId(ref)}/r${ref.round}/a${ref.attempt}`;
}

/** Temporal workflow id of a campaign. It carries the ledger's id, so that equal campaign names never meet on one cluster. */
export function campaignWorkflowId(ledgerId: string, campaign: string): string {
  return `zebra/${ledgerId}/${campaign}`;
}

/** Temporal workflow id of one shard of one pass over the campaign's open codes. */
export function shardWorkflowId(ledgerId: string, campaign: string, pass: number, shard: number): string {
  return `${campaignWorkflowId(ledgerId, campaign)}/shard/${pass}/${shard}`;
}

/** Temporal workflow id of one target code in one round. */
export function codeWorkflowId(ledgerId: string, target: TargetRef): string {
  return `${campaignWorkflowId(ledgerId, target.campaign)}/${target.system}/${target.type}/${target.code}/${target.round}`;
}
