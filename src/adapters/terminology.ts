import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { DependencyFailure } from '../domain/failure.ts';
import type { CodeSystem, CodeType } from '../domain/icd.ts';
import { createTerminology, type Terminology, type TerminologyTable } from '../domain/terminology.ts';

const TABLES: Partial<Record<`${CodeSystem}-${CodeType}`, string>> = {
  'icd10cm-dx': 'icd10cm-dx.json.gz',
  'icd9cm-dx': 'icd9cm-dx.json.gz',
};

const loaded = new Map<string, Terminology>();

/**
 * A classification's table, read on first use and kept for the process.
 *
 * @param tablesDir - the folder that set-up wrote, `locateParts(…).tablesDir`
 * @returns null where Zebra ships no table (procedures): such codes are labels without knowledge
 * @throws DependencyFailure `setup-missing` naming the file and the fix, when a table is missing, cut or of another form
 */
export function loadTerminology(tablesDir: string, system: CodeSystem, type: CodeType): Terminology | null {
  const name = TABLES[`${system}-${type}`];
  if (name === undefined) return null;
  const file = path.join(tablesDir, name);
  const known = loaded.get(file);
  if (known !== undefined) return known;
  const terminology = createTerminology(readTable(file));
  loaded.set(file, terminology);
  return terminology;
}

function readTable(file: string): TerminologyTable {
  const unusable = (why: string) =>
    new DependencyFailure(
      'setup-missing',
      { where: file },
      `the code table ${why}; remove its folder and run: npm run setup`,
    );
  if (!existsSync(file)) throw unusable('is missing');
  let table: TerminologyTable;
  try {
    table = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'));
  } catch {
    throw unusable('cannot be read');
  }
  if (table.format !== 1) throw unusable('was written by another version of Zebra');
  return table;
}
