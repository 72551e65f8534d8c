import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { loadTerminology } from '../../src/adapters/terminology.ts';
import type { CodeSystem, CodeType } from '../../src/domain/icd.ts';
import { createTerminology, type Terminology } from '../../src/domain/terminology.ts';
import { defaultCacheDir, tablesDir } from '../../setup/layout.mjs';

/** The folder of the code tables that set-up built. */
export const builtTables = tablesDir(defaultCacheDir(process.env, process.platform, homedir()));

/** The code tables that set-up built; null for procedures. */
export function terminologyOf(system: CodeSystem, type: CodeType): Terminology | null {
  return loadTerminology(builtTables, system, type);
}

export const icd10cm = (): Terminology => terminologyOf('icd10cm', 'dx')!;

/** An excerpt of a classification, in memory. */
export function excerptOf(system: CodeSystem): Terminology {
  const file = new URL(`../fixtures/terminology/${system}-excerpt.json`, import.meta.url);
  return createTerminology(JSON.parse(readFileSync(file, 'utf8')));
}
