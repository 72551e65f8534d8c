import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';

import type { CodeSystem } from '../../src/domain/icd.ts';
import { createTerminology, type Terminology } from '../../src/domain/terminology.ts';
import { defaultCacheDir, locateParts } from '../../src/embedded/parts.ts';

/** An excerpt of a classification, in memory. */
export function excerptOf(system: CodeSystem): Terminology {
  const file = new URL(`../fixtures/terminology/${system}-excerpt.json`, import.meta.url);
  return createTerminology(JSON.parse(readFileSync(file, 'utf8')));
}

/** The folder of the tables that set-up built; null, with the reason on stderr, when there is none. */
export function builtTablesDir(): string | null {
  try {
    return locateParts(defaultCacheDir(process.env, process.platform, homedir())).tablesDir;
  } catch (error) {
    console.warn(`skipped, no built code tables: ${error instanceof Error ? error.message : 'no parts'}`);
    return null;
  }
}

/** A file of the shared test data; null, with the reason on stderr, when it is not there. */
export function testData(path: string): string | null {
  const file = resolve(process.env.ZEBRA_TEST_DATA ?? '../shared/data', path);
  if (existsSync(file)) return file;
  console.warn(`skipped, no test data: ${file}`);
  return null;
}
