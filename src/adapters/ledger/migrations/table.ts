import type { Kysely } from 'kysely';

type ColumnType = 'text' | 'text?' | 'integer' | 'integer?' | 'bigint' | 'bigint?' | 'real?';

/** Creates a table; `?` marks a column that may be null, `references` names `table.column` of another table. */
export async function table(
  db: Kysely<any>,
  name: string,
  columns: Record<string, ColumnType>,
  key: readonly string[] = [],
  references: Record<string, string> = {},
): Promise<void> {
  let builder = db.schema.createTable(name);
  for (const [column, type] of Object.entries(columns)) {
    builder = builder.addColumn(
      column,
      type.replace('?', '') as 'text' | 'integer' | 'bigint' | 'real',
      (definition) => {
        const nullable = type.endsWith('?') ? definition : definition.notNull();
        const target = references[column];
        return target === undefined ? nullable : nullable.references(target);
      },
    );
  }
  if (key.length > 0) builder = builder.addPrimaryKeyConstraint(`${name}_key`, [...key] as never[]);
  await builder.execute();
}

/** Creates an index named after its columns. */
export async function index(db: Kysely<any>, name: string, columns: readonly string[], unique = false): Promise<void> {
  const builder = db.schema
    .createIndex(`${name}_by_${columns.join('_')}`)
    .on(name)
    .columns([...columns]);
  await (unique ? builder.unique() : builder).execute();
}
