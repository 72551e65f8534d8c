import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SqliteDialect } from 'kysely';

type Bindable = null | number | bigint | string | Uint8Array;

/** Statements kept prepared; the queries of the ledger are fewer than this. */
const CACHE_SIZE = 256;

/**
 * A Kysely dialect over `node:sqlite`. Values are bound as they are or refused: `node:sqlite` itself stores a `Date` that is
 * bound first as NULL, `true` as '1' and NaN as NULL, each without a word.
 */
export function nodeSqliteDialect(database: DatabaseSync): SqliteDialect {
  const prepared = new Map<string, ReturnType<typeof wrap>>();
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare(sql) {
        const known = prepared.get(sql);
        if (known !== undefined) return known;
        if (prepared.size >= CACHE_SIZE) prepared.delete(prepared.keys().next().value!);
        const statement = wrap(database.prepare(sql));
        prepared.set(sql, statement);
        return statement;
      },
    },
  });
}

function wrap(statement: StatementSync) {
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...bindable(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...bindable(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...bindable(parameters)),
  };
}

function bindable(parameters: readonly unknown[]): Bindable[] {
  for (const [index, value] of parameters.entries()) {
    const refusal = refuse(value);
    if (refusal !== null) throw new TypeError(`parameter ${index + 1} of a ledger query is ${refusal}`);
  }
  return parameters as Bindable[];
}

function refuse(value: unknown): string | null {
  if (value === null || typeof value === 'string' || typeof value === 'bigint' || value instanceof Uint8Array)
    return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'not a finite number';
  if (value instanceof Date) return 'a Date; store integer milliseconds';
  if (typeof value === 'boolean') return 'a boolean; store 0 or 1';
  return `of type ${typeof value}; store text, an integer or null`;
}
