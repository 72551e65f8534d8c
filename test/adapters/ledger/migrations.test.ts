import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { expect, it } from 'vitest';
import { migrate } from '../../../src/adapters/ledger/migrations.ts';
import { nodeSqliteDialect } from '../../../src/adapters/ledger/node-sqlite-dialect.ts';
import type { LedgerTables } from '../../../src/adapters/ledger/schema.ts';

function openMemory() {
  const connection = new DatabaseSync(':memory:');
  return { connection, db: new Kysely<LedgerTables>({ dialect: nodeSqliteDialect(connection) }) };
}

function creating(version: number) {
  return {
    version,
    name: `table ${version}`,
    up: (db: Kysely<any>) => db.schema.createTable(`t${version}`).addColumn('a', 'text').execute(),
  };
}

it('applies each migration once, in order, and records it', async () => {
  const { connection, db } = openMemory();
  await migrate(db, 'here', [creating(1)]);
  await migrate(db, 'here', [creating(1), creating(2), creating(3)]);
  await migrate(db, 'here', [creating(1), creating(2), creating(3)]);
  const rows = connection.prepare('SELECT version, name FROM migrations ORDER BY version').all();
  expect(rows).toEqual([1, 2, 3].map((version) => ({ version, name: `table ${version}` })));
});

it('refuses a ledger that a newer version wrote, and leaves it alone', async () => {
  const { connection, db } = openMemory();
  await migrate(db, 'here', [creating(1), creating(2)]);
  await expect(migrate(db, 'here', [creating(1)])).rejects.toThrow('schema 2, this version knows 1');
  expect(connection.prepare('SELECT count(*) AS n FROM migrations').get()).toEqual({ n: 2 });
});

it('makes every table that the queries name', async () => {
  const { db } = openMemory();
  await migrate(db, 'here');
  const names = (await db.introspection.getTables()).map(({ name }) => name);
  const tables: Record<keyof LedgerTables, true> = {
    meta: true,
    corpora: true,
    source_notes: true,
    source_codes: true,
    campaigns: true,
    targets: true,
    unplanned: true,
    notes: true,
    code_sets: true,
    retrievals: true,
    attempts: true,
    rejections: true,
    calls: true,
    replies: true,
    texts: true,
    spans: true,
    executions: true,
    commands: true,
  };
  expect(names).toEqual(expect.arrayContaining(Object.keys(tables)));
});
