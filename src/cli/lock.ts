import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

/**
 * Takes the folder for this process, or answers null when another `zebra run` has it.
 *
 * The lock is SQLite's own lock on a file of its own: the system frees it however its holder dies.
 */
export function takeFolder(stateDir: string): FolderLock | null {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  chmodSync(stateDir, 0o700);
  const database = new DatabaseSync(join(stateDir, 'lock'), { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === 5) return null;
    throw error;
  }
  return { release: () => database.close() };
}

/** True while a `zebra run` holds the folder. */
export function folderIsTaken(stateDir: string): boolean {
  const lock = takeFolder(stateDir);
  lock?.release();
  return lock === null;
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
