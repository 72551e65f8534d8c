import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/adapters/ledger/database.ts';
import { temporaryFolder } from '../../support/ledger-fixture.ts';

async function openFile() {
  const folder = temporaryFolder();
  const { connection } = await openDatabase({ path: join(folder, 'ledger.db') });
  onTestFinished(() => {
    connection.close();
    rmSync(folder, { recursive: true });
  });
  return connection;
}

/** Files that this process holds open, also those that have no name any more; SQLite calls its temporary ones etilqs_… */
const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(join('/proc/self/fd', name))];
    } catch {
      return []; // the descriptor of this very listing
    }
  });

test.runIf(process.platform === 'linux')('text that is sorted never lies in a file outside the ledger', async () => {
  const connection = await openFile();
  connection.exec('PRAGMA cache_size = 10; CREATE TABLE t (a TEXT)');
  const insert = connection.prepare('INSERT INTO t VALUES (?)');
  for (let row = 0; row < 3_000; row += 1) insert.run(`${(row * 7_919) % 3_000} ${'fiction '.repeat(200)}`);
  const sorted = connection.prepare('SELECT a FROM t ORDER BY a').iterate();
  sorted.next();
  const others = openFiles().filter((path) => /etilqs/.test(path));
  sorted.return?.();
  expect(others).toEqual([]);
});
