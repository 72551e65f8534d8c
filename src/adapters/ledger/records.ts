import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Span } from '../../activities/ports.ts';
import { type Code, codeKey } from '../../domain/icd.ts';
import type { TargetRef } from '../../domain/ids.ts';
import type { LedgerTables } from './schema.ts';

/** The ledger's database, or one of its transactions. */
export type Db = Kysely<LedgerTables>;

/** Rows of one INSERT: SQLite binds at most 32,766 values to a statement, PostgreSQL 65,535. */
export const ROWS_PER_INSERT = 500;

/** Primary key of a target, the prefix of its notes' ids: `pilot/icd10cm/dx/E75.21`. */
export function targetId(campaign: string, code: Code): string {
  return `${campaign}/${codeKey(code)}`;
}

/** SHA-256 of a text in UTF-8, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Stores a text under its hash, once. */
export async function putText(db: Db, text: string): Promise<string> {
  const hash = sha256(text);
  await db
    .insertInto('texts')
    .values({ hash, text })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return hash;
}

/** Billionths, rounded up, so that sums are exact and a reservation is never too small. */
export function toBillionths(cost: number): number {
  return Math.ceil(Math.round(cost * 1e12) / 1e3);
}

export function fromBillionths(cost: number): number {
  return cost / 1e9;
}

/** Appends a step to the audit. */
export async function putSpan(
  db: Db,
  ref: TargetRef & { readonly ordinal?: number; readonly attempt?: number },
  span: Span,
): Promise<void> {
  await db
    .insertInto('spans')
    .values({
      target_id: targetId(ref.campaign, ref),
      round: ref.round,
      ordinal: ref.ordinal ?? null,
      attempt: ref.attempt ?? null,
      step: span.step,
      started_at: span.startedAt,
      ended_at: span.endedAt,
      run_id: span.runId,
      activity_id: span.activityId,
      tries: span.tries,
      worker: span.worker,
    })
    .execute();
}

/** Slices of at most `size`, in order. */
export function* slices<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
