import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { expect, it } from 'vitest';
import { nodeSqliteDialect } from '../../../src/adapters/ledger/node-sqlite-dialect.ts';

interface Tables {
  readonly things: { name: string | null; size: unknown };
}

async function openThings(): Promise<Kysely<Tables>> {
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(new DatabaseSync(':memory:')) });
  await db.schema.createTable('things').addColumn('name', 'text').addColumn('size', 'bigint').execute();
  return db;
}

it('keeps text, integers and null as they are', async () => {
  const db = await openThings();
  const rows = [
    { name: 'a', size: Number.MAX_SAFE_INTEGER },
    { name: null, size: -1 },
    { name: '', size: null },
  ];
  for (const row of rows) await db.insertInto('things').values(row).execute();
  expect(await db.selectFrom('things').selectAll().execute()).toEqual(rows);
  await db.destroy();
});

it.each([
  ['a Date', new Date(0), 'a Date; store integer milliseconds'],
  ['a boolean', true, 'a boolean; store 0 or 1'],
  ['NaN', Number.NaN, 'not a finite number'],
  ['an object', { a: 1 }, 'of type object'],
])('refuses %s, which SQLite would change without a word', async (_, value, message) => {
  const db = await openThings();
  const insert = db.insertInto('things').values({ size: value, name: 'canary text' }).execute();
  await expect(insert).rejects.toThrow(message);
  await expect(insert).rejects.not.toThrow('canary');
  expect(await db.selectFrom('things').selectAll().execute()).toEqual([]);
  await db.destroy();
});

it('says how many rows a statement changed', async () => {
  const db = await openThings();
  await db
    .insertInto('things')
    .values([
      { name: 'a', size: 1 },
      { name: 'b', size: 1 },
    ])
    .execute();
  const changed = await db.updateTable('things').set({ size: 2 }).where('size', '=', 1).executeTakeFirst();
  expect(changed.numUpdatedRows).toBe(2n);
  const returned = await db.deleteFrom('things').where('name', '=', 'a').returning('size').execute();
  expect(returned).toEqual([{ size: 2 }]);
  await db.destroy();
});
