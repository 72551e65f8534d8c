import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const IMPORTS = 'no-restricted-imports';

/** A statement in a file, and the rule that must refuse it (null: it must pass). */
type Case = [sentence: string, file: string, source: string, rule: string | null];

const CASES: Case[] = [
  ['domain may import domain', 'src/domain/a.ts', `export * from './icd.ts';`, null],
  ['a folder of domain may import domain', 'src/domain/checks/a.ts', `export * from '../icd.ts';`, null],
  ['domain must not import a package', 'src/domain/b.ts', `export * from 'zod';`, IMPORTS],
  ['domain must not import a Node module', 'src/domain/c.ts', `export * from 'node:fs';`, IMPORTS],
  [
    'domain must not import even types of a port',
    'src/domain/d.ts',
    `export type { P } from '../activities/ports.ts';`,
    IMPORTS,
  ],
  ['a folder of domain must not leave domain', 'src/domain/checks/b.ts', `export * from '../../config.ts';`, IMPORTS],
  ['domain must not import at run time', 'src/domain/e.ts', `export const z = await import('zod');`, IMPORTS],
  ['workflows may import domain', 'src/workflows/a.ts', `export * from '../domain/icd.ts';`, null],
  ['workflows may import the workflow package', 'src/workflows/b.ts', `export * from '@temporalio/workflow';`, null],
  [
    'workflows may import types of activities',
    'src/workflows/c.ts',
    `export type { A } from '../activities/index.ts';`,
    null,
  ],
  ['workflows must not import activities', 'src/workflows/d.ts', `export * from '../activities/index.ts';`, IMPORTS],
  ['workflows must not import adapters', 'src/workflows/e.ts', `export * from '../adapters/temporal.ts';`, IMPORTS],
  ['workflows must not import a Node module', 'src/workflows/f.ts', `export * from 'node:crypto';`, IMPORTS],
  ['workflows must not import the client', 'src/workflows/g.ts', `export * from '@temporalio/client';`, IMPORTS],
  ['activities may import domain', 'src/activities/a.ts', `export * from '../domain/icd.ts';`, null],
  ['activities may import the activity package', 'src/activities/b.ts', `export * from '@temporalio/activity';`, null],
  ['activities must not import adapters', 'src/activities/c.ts', `export * from '../adapters/temporal.ts';`, IMPORTS],
  ['activities must not open files', 'src/activities/d.ts', `export * from 'node:fs';`, IMPORTS],
  ['adapters may import ports', 'src/adapters/a.ts', `export type { P } from '../activities/ports.ts';`, null],
  ['adapters must not import commands', 'src/adapters/b.ts', `export * from '../cli/main.ts';`, IMPORTS],
  [
    'a folder of adapters must not import workflows',
    'src/adapters/sql/a.ts',
    `export * from '../../workflows/code.ts';`,
    IMPORTS,
  ],
  ['adapters must not start embedded parts', 'src/adapters/c.ts', `export * from '../embedded/temporal.ts';`, IMPORTS],
  ['readers of corpora must not import commands', 'src/corpora/a.ts', `export * from '../cli/main.ts';`, IMPORTS],
  ['embedded parts must not import workflows', 'src/embedded/a.ts', `export * from '../workflows/code.ts';`, IMPORTS],
  ['config may read the environment', 'src/config.ts', `export const home = process.env['HOME'];`, null],
  [
    'nothing else may read the environment',
    'src/adapters/d.ts',
    `export const home = process.env['HOME'];`,
    'no-process-env',
  ],
  ['nothing else may import the environment', 'src/adapters/e.ts', `export { env } from 'node:process';`, IMPORTS],
  [
    'a promise must not float',
    'src/cli/a.ts',
    `const p = async (): Promise<void> => {};\np();`,
    'no-floating-promises',
  ],
  [
    'a type must be imported as one',
    'src/cli/b.ts',
    `import { A } from './a.ts';\nexport const a: A = 1;`,
    'consistent-type-imports',
  ],
  [
    'imports must not go round',
    'src/cli/c.ts',
    `import { d } from './d.ts';\nexport const c = (): unknown => d;`,
    'no-cycle',
  ],
  [
    'imports must not go round either way',
    'src/cli/d.ts',
    `import { c } from './c.ts';\nexport const d = (): unknown => c;`,
    'no-cycle',
  ],
  ['a file must not pass 400 lines', 'src/cli/e.ts', `export const a = 1;\n${'// line\n'.repeat(400)}`, 'max-lines'],
];

describe('the linter', () => {
  let folder: string;
  let refusals: Map<string, string[]>;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zebra-fences-'));
    for (const file of ['.oxlintrc.json', 'tsconfig.json']) cpSync(path.join(ROOT, file), path.join(folder, file));
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    for (const [, file, source] of CASES) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), `${source}\n`);
    }
    refusals = lint(folder);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(CASES)('%s', (_sentence, file, _source, rule) => {
    expect([...new Set(refusals.get(file))]).toEqual(rule ? [rule] : []);
  });
});

/** The rules that each file breaks. */
function lint(folder: string): Map<string, string[]> {
  const oxlint = path.join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const done = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src'], { cwd: folder, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(done.stdout) as { diagnostics: { filename: string; code: string }[] };
  const found = new Map<string, string[]>();
  for (const { filename, code } of diagnostics) {
    const rule = /\((.+)\)$/.exec(code)?.[1] ?? code;
    found.set(filename, [...(found.get(filename) ?? []), rule]);
  }
  return found;
}
