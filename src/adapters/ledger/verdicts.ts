import type { Span } from '../../activities/ports.ts';
import { type AttemptRef, attemptId, noteId } from '../../domain/ids.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { putAttempt } from './calls.ts';
import { UnknownRecord } from './failure.ts';
import { type Db, putSpan } from './records.ts';
import type { RejectionRow } from './schema.ts';

/** The verdict on the attempt before this one in the same round; null for a first attempt. */
export async function previousVerdict(db: Db, ref: AttemptRef): Promise<Verdict | null> {
  if (ref.attempt <= 1) return null;
  return storedVerdict(db, attemptId({ ...ref, attempt: ref.attempt - 1 }));
}

/**
 * Stores the verdict of an attempt; first write wins. What is stored then settles the note, if it is open in this round:
 * accepted with this attempt, or, on the `last` attempt, rejected.
 *
 * @returns the verdict that is stored
 * @throws UnknownRecord when the note is not planned, or the attempt has no reply
 */
export async function saveVerdict(
  db: Db,
  ref: AttemptRef,
  verdict: Verdict,
  last: boolean,
  span: Span,
): Promise<Verdict> {
  const id = attemptId(ref);
  const now = Date.now();
  await requireNoteAndReply(db, ref);
  await putAttempt(db, ref, now);
  const first = await db
    .updateTable('attempts')
    .set({ verdict: JSON.stringify(verdict), accepted: verdict.accepted ? 1 : 0, judged_at: now })
    .where('id', '=', id)
    .where('verdict', 'is', null)
    .executeTakeFirst();
  const wins = first.numUpdatedRows === 1n;
  const stored = wins ? verdict : (await storedVerdict(db, id))!;
  const rejections = rejectionRows(ref, stored);
  if (wins && rejections.length > 0) await db.insertInto('rejections').values(rejections).execute();
  await settle(db, ref, stored, last, rejections, now);
  await putSpan(db, ref, span);
  return stored;
}

async function settle(
  db: Db,
  ref: AttemptRef,
  verdict: Verdict,
  last: boolean,
  rejections: readonly RejectionRow[],
  now: number,
): Promise<void> {
  const reasons = rejections.map((row) => `${row.check_name}/${row.reason}`);
  const outcome = verdict.accepted
    ? { state: 'accepted' as const, accepted_attempt: attemptId(ref), settled_at: now }
    : last
      ? { state: 'rejected' as const, reason: reasons[0] ?? null, detail: reasons.join(', '), settled_at: now }
      : {};
  await db
    .updateTable('notes')
    .set({ attempts: ref.attempt, ...outcome })
    .where('id', '=', noteId(ref))
    .where('state', '=', 'pending')
    .where('round', '=', ref.round)
    .where('attempts', '<=', ref.attempt)
    .execute();
}

async function requireNoteAndReply(db: Db, ref: AttemptRef): Promise<void> {
  const row = await db
    .selectFrom('notes')
    .leftJoin('replies', (join) => join.on('replies.attempt_id', '=', attemptId(ref)))
    .select('replies.id')
    .where('notes.id', '=', noteId(ref))
    .executeTakeFirst();
  if (row === undefined) throw new UnknownRecord('note', noteId(ref));
  if (row.id === null) throw new UnknownRecord('reply', attemptId(ref));
}

/** One row for each distinct check and reason that rejects; warnings stay in the verdict. */
function rejectionRows(ref: AttemptRef, verdict: Verdict): RejectionRow[] {
  const rows = new Map<string, RejectionRow>();
  for (const { action, rejections } of verdict.checks) {
    if (action !== 'reject') continue;
    for (const { check, reason } of rejections) {
      rows.set(`${check}/${reason}`, {
        attempt_id: attemptId(ref),
        note_id: noteId(ref),
        campaign: ref.campaign,
        round: ref.round,
        check_name: check,
        reason,
        attempt: ref.attempt,
      });
    }
  }
  return [...rows.values()];
}

async function storedVerdict(db: Db, attempt: string): Promise<Verdict | null> {
  const row = await db.selectFrom('attempts').select('verdict').where('id', '=', attempt).executeTakeFirst();
  const verdict = row?.verdict ?? null;
  return verdict === null ? null : (JSON.parse(verdict) as Verdict);
}
