import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { corrupt, storageFailure } from './failure.ts';
import { migrate } from './migrations.ts';
import { nodeSqliteDialect } from './node-sqlite-dialect.ts';
import type { LedgerTables } from './schema.ts';
import { prepareFile } from './storage.ts';

export interface DatabaseOptions {
  /** The SQLite file, usually `.zebra/ledger.db`. */
  readonly path: string;
  /** Milliseconds to wait for another process's lock. */
  readonly busyTimeoutMs?: number;
}

export interface OpenDatabase {
  readonly connection: DatabaseSync;
  readonly db: Kysely<LedgerTables>;
  readonly ledgerId: string;
}

const BUSY_TIMEOUT_MS = 10_000;

/** What a large ingest leaves of its write-ahead log is cut back to this. */
const WAL_BYTES = 64 * 1024 * 1024;

/** Files up to this size are read through at open; larger ones would keep every command waiting, and SQLite finds damage as it meets it. */
const QUICK_CHECK_BYTES = 32 * 1024 * 1024;

/**
 * Opens the SQLite ledger, brings it to this version's schema and gives a new one its id.
 *
 * @throws DependencyFailure `ledger-unavailable`, `ledger-corrupt` or `disk-full`
 */
export async function openDatabase({ path, busyTimeoutMs = BUSY_TIMEOUT_MS }: DatabaseOptions): Promise<OpenDatabase> {
  prepareFile(path);
  let connection: DatabaseSync | null = null;
  try {
    connection = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    useWal(connection, busyTimeoutMs);
    connection.exec(`PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${WAL_BYTES}`);
    // Sorts and savepoints must not spill text of notes into the system's temporary folder.
    connection.exec('PRAGMA temp_store = MEMORY');
    quickCheck(connection, path);
    const db = new Kysely<LedgerTables>({ dialect: nodeSqliteDialect(connection) });
    connection.exec('BEGIN IMMEDIATE');
    await migrate(db, path);
    const ledgerId = await identify(db);
    connection.exec('COMMIT');
    return { connection, db, ledgerId };
  } catch (error) {
    connection?.close();
    throw storageFailure(error, path) ?? error;
  }
}

/** The switch to WAL does not wait for locks by itself, so that two processes opening a new ledger at once would collide. */
function useWal(connection: DatabaseSync, patienceMs: number): void {
  const deadline = Date.now() + patienceMs;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      connection.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      const busy = storageFailure(error, '')?.type === 'ledger-unavailable';
      if (!busy || Date.now() >= deadline) throw error;
      Atomics.wait(sleeper, 0, 0, 20);
    }
  }
}

function quickCheck(connection: DatabaseSync, path: string): void {
  if (statSync(path).size > QUICK_CHECK_BYTES) return;
  const answer = connection.prepare('PRAGMA quick_check(1)').get();
  if (answer?.['quick_check'] !== 'ok') throw corrupt(path);
}

async function identify(db: Kysely<LedgerTables>): Promise<string> {
  await db
    .insertInto('meta')
    .values({ key: 'ledger-id', value: randomUUID() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db.selectFrom('meta').select('value').where('key', '=', 'ledger-id').executeTakeFirstOrThrow();
  return row.value;
}
