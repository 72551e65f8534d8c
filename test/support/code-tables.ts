import { homedir } from 'node:os';
import { loadTerminology } from '../../src/adapters/terminology.ts';
import type { CodeSystem, CodeType } from '../../src/domain/icd.ts';
import type { Terminology } from '../../src/domain/terminology.ts';
import { defaultCacheDir, tablesDir } from '../../setup/layout.mjs';

const folder = tablesDir(defaultCacheDir(process.env, process.platform, homedir()));

/** The code tables that set-up built; null for procedures. */
export function terminologyOf(system: CodeSystem, type: CodeType): Terminology | null {
  return loadTerminology(folder, system, type);
}

export const icd10cm = (): Terminology => terminologyOf('icd10cm', 'dx')!;
