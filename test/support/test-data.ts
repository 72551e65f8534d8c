import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(process.env['ZEBRA_TEST_DATA'] ?? join(import.meta.dirname, '../../../shared/data'));

/** The path of a file of public test data that is not in the repository (`ZEBRA_TEST_DATA`); null where it is absent. */
export function testData(name: string): string | null {
  const path = join(folder, name);
  return existsSync(path) ? path : null;
}
