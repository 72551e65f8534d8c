import { framesOf } from '../../domain/error-place.ts';
import { DependencyFailure, type FailureFacts, type FailureType } from '../../domain/failure.ts';

/** Something was asked for that the ledger does not hold: a mistyped campaign or code, a note of another ledger. */
export class UnknownRecord extends Error {
  override readonly name = 'UnknownRecord';
  readonly kind: RecordKind;
  readonly id: string;

  constructor(kind: RecordKind, id: string) {
    super(`the ledger has no ${kind} ${id}`);
    this.kind = kind;
    this.id = id;
  }
}

export type RecordKind = 'campaign' | 'corpus' | 'source note' | 'target code' | 'note' | 'call' | 'reply';

/** A failure as it crosses from the ledger's thread: facts only, never a value that was bound to a query. */
export type FailureMessage =
  | { readonly kind: 'dependency'; readonly type: FailureType; readonly facts: FailureFacts; readonly advice: string }
  | { readonly kind: 'unknown'; readonly record: RecordKind; readonly id: string }
  | { readonly kind: 'defect'; readonly message: string; readonly stack: string };

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html). */
const BUSY = [5, 6];
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = [11, 26];
const FULL = 13;
const CANNOT_OPEN = 14;
/** SQLITE_IOERR_WRITE is what a file size limit or a quota gives instead of SQLITE_FULL; SQLITE_IOERR_SHMSIZE what opening gives on a full disk. */
const IO_ERROR_NO_ROOM = [778, 4874];

/**
 * What an error of `node:sqlite` means for the ledger; null when it is not about the file (a constraint, a wrong statement).
 *
 * @param where the ledger's file
 */
export function storageFailure(error: unknown, where: string): DependencyFailure | null {
  const extended = sqliteCode(error);
  if (extended === null) return null;
  const primary = extended & 0xff;
  const failure = (type: FailureType, advice: string) => new DependencyFailure(type, { where }, advice);
  if (BUSY.includes(primary)) {
    return failure(
      'ledger-unavailable',
      'another process holds its lock; is a second zebra, a backup or a database browser at work on it?',
    );
  }
  if (primary === FULL || IO_ERROR_NO_ROOM.includes(extended)) {
    return failure('disk-full', 'free some space; nothing is lost, and the campaign goes on by itself');
  }
  if (CORRUPT.includes(primary)) return corrupt(where);
  if (primary === READ_ONLY) return failure('ledger-unavailable', 'the file or its folder cannot be written');
  if (primary === IO_ERROR || primary === CANNOT_OPEN) {
    return failure(
      'ledger-unavailable',
      `the file cannot be read or written (SQLite ${extended}); see the disk and the folder's permissions`,
    );
  }
  return null;
}

/** The failure of a file that is no sound ledger. */
export function corrupt(where: string): DependencyFailure {
  return new DependencyFailure(
    'ledger-corrupt',
    { where },
    'the file is damaged or is no ledger; keep a copy, then put back a backup, or rescue it with `sqlite3 ledger.db .recover`, or move it away to start anew',
  );
}

/** Turns any error of an operation into what may leave the thread. */
export function toMessage(error: unknown, operation: string, where: string): FailureMessage {
  if (error instanceof UnknownRecord) return { kind: 'unknown', record: error.kind, id: error.id };
  const failure = error instanceof DependencyFailure ? error : storageFailure(error, where);
  if (failure !== null) {
    return { kind: 'dependency', type: failure.type, facts: failure.facts, advice: failure.advice };
  }
  const code = sqliteCode(error);
  if (code !== null) {
    const message = `ledger: ${operation}: SQLite refused the statement (${code})`;
    return { kind: 'defect', message, stack: stackOf(error) };
  }
  // Even a TypeError may quote its input: "Cannot create property 'a' on string '…'".
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  return { kind: 'defect', message: `ledger: ${operation}: ${kind}`, stack: stackOf(error) };
}

/** The inverse of {@link toMessage}, on the caller's side. */
export function fromMessage(message: FailureMessage): Error {
  if (message.kind === 'dependency') return new DependencyFailure(message.type, message.facts, message.advice);
  if (message.kind === 'unknown') return new UnknownRecord(message.record, message.id);
  const error = new Error(message.message);
  error.stack = `${error.name}: ${message.message}\n${message.stack}`;
  return error;
}

function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

function stackOf(error: unknown): string {
  return framesOf(error)
    .map((frame) => `    ${frame}`)
    .join('\n');
}
