import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(process.env['ZEBRA_TEST_DATA'] ?? join(import.meta.dirname, '../../../shared/data'));

/** A file of public test data that is not in the repository (`ZEBRA_TEST_DATA`); null, with the reason on stderr, where it is absent. */
export function testData(name: string): string | null {
  const file = join(folder, name);
  if (existsSync(file)) return file;
  console.warn(`skipped, no test data: ${file}`);
  return null;
}
