import type { Kysely } from 'kysely';
import { DependencyFailure } from '../../domain/failure.ts';
import { firstTables } from './migrations/0001-first-tables.ts';

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly up: (db: Kysely<any>) => Promise<void>;
}

/** In order, only ever added to: a released migration is never changed. */
const migrations: readonly Migration[] = [{ version: 1, name: 'first tables', up: firstTables }];

/**
 * Brings the ledger to this version's schema. Runs inside the caller's transaction.
 *
 * @param where the ledger's file or host, for messages
 * @throws DependencyFailure `ledger-unavailable` when a newer version of Zebra wrote the ledger
 */
export async function migrate(db: Kysely<any>, where: string, known: readonly Migration[] = migrations): Promise<void> {
  await db.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('version', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
    .execute();
  const row = await db
    .selectFrom('migrations')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirst();
  const current = Number(row?.['version'] ?? 0);
  const newest = known.at(-1)!.version;
  if (current > newest) {
    throw new DependencyFailure(
      'ledger-unavailable',
      { where },
      `a newer zebra wrote it (schema ${current}, this version knows ${newest}); use that version`,
    );
  }
  for (const { version, name, up } of known) {
    if (version <= current) continue;
    await up(db);
    await db.insertInto('migrations').values({ version, name, applied_at: Date.now() }).execute();
  }
}
