import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DependencyFailure } from '../domain/failure.ts';
import type { Connections } from '../embedded/stack.ts';

/** What a running `zebra run` leaves for other commands in the same folder. Readable by its owner only: it holds loopback keys. */
export interface RunRecord {
  readonly pid: number;
  readonly startedAt: number;
  readonly connections: Connections;
}

export interface FolderLock {
  release(): void;
}

/** SQLite's primary result code for a lock that another connection holds. */
const busy = 5;

/** A command that only looks holds a shared lock for less than this. */
const lookTakesMs = 100;

/**
 * Takes the folder for this process, or answers null when another `zebra run` has it.
 *
 * The lock is SQLite's own lock on a file of its own: the system frees it however its holder dies.
 *
 * @throws DependencyFailure `ledger-unavailable` when the folder cannot be made or written
 */
export function takeFolder(stateDir: string): FolderLock | null {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    chmodSync(stateDir, 0o700);
    const database = new DatabaseSync(join(stateDir, 'lock'), { timeout: lookTakesMs });
    if (locks(database, 'EXCLUSIVE')) return { release: () => database.close() };
    database.close();
    return null;
  } catch {
    throw new DependencyFailure('ledger-unavailable', { where: stateDir }, 'this folder cannot be made or written');
  }
}

/** True while a `zebra run` holds the folder. Looking does not take it, so that any number of commands may look at once. */
export function folderIsTaken(stateDir: string): boolean {
  if (!existsSync(join(stateDir, 'lock'))) return false;
  const database = new DatabaseSync(join(stateDir, 'lock'), { timeout: 0 });
  try {
    return !locks(database, 'DEFERRED');
  } finally {
    database.close();
  }
}

/** Begins a transaction that holds its lock (`DEFERRED`: a shared one) until the database is closed; false when another holds it. */
function locks(database: DatabaseSync, mode: 'EXCLUSIVE' | 'DEFERRED'): boolean {
  try {
    database.exec(`BEGIN ${mode}; SELECT name FROM sqlite_schema`);
    return true;
  } catch (error) {
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === busy) return false;
    throw error;
  }
}

export function writeRunRecord(stateDir: string, record: RunRecord): void {
  const path = join(stateDir, 'run.json');
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The record of the run that holds the folder; null when none was written. */
export function readRunRecord(stateDir: string): RunRecord | null {
  try {
    return JSON.parse(readFileSync(join(stateDir, 'run.json'), 'utf8')) as RunRecord;
  } catch {
    return null;
  }
}
