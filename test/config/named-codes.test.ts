import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config.ts';
import { readNamedCodes } from '../../src/config/named-codes.ts';
import { terminologyOf } from '../support/terminology.ts';

const folder = mkdtempSync(join(tmpdir(), 'zebra-codes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function named(targets: string, file = '') {
  writeFileSync(join(folder, 'rare.txt'), file);
  writeFileSync(
    join(folder, 'zebra.yaml'),
    `campaign: p\ncodeSystem: icd10cm\ncorpus: { path: n }\ntargets: ${targets}\n`,
  );
  return readNamedCodes(loadConfig({ file: join(folder, 'zebra.yaml'), env: {} }), terminologyOf).map(
    ({ code }) => code,
  );
}

const failure = (targets: string, file?: string): string => {
  try {
    named(targets, file);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(/^.*\/(?=zebra\.yaml|rare\.txt)/gm, '');
    throw error;
  }
  return '';
};

it('takes codes from the settings and from a file, each once, in canonical spelling', () => {
  const file = '\uFEFF# rare ones\r\ne7522  Gaucher\r\n\r\nE75.21,Fabry\r\n';
  expect(named('{ codes: [E75.21, m1711], codesFile: rare.txt }', file)).toEqual(['E75.21', 'E75.22', 'M17.11']);
  expect(named('{}')).toEqual([]);
});

it('refuses a code that no table holds, with the nearest known ones and its place', () => {
  expect(failure('{ codes: [N18.23] }')).toBe(
    'zebra.yaml:4:20: targets.codes[0]: N18.23 is not a code of ICD-10-CM, 1 April 2026; near it: N18.2, N18.3, N18.1',
  );
  expect(failure('{ codesFile: rare.txt }', 'E75.21\nE75.99')).toMatch(
    /^rare\.txt:2: E75\.99 is not a code of .*; near it: E75/,
  );
});

it('refuses a malformed code with its place, without quoting it', () => {
  expect(failure('{ codesFile: rare.txt }', 'canary')).toMatch(
    /^rare\.txt:1: malformed code: an ICD-10-CM diagnosis is/,
  );
  expect(failure('{ codesFile: rare.txt }', 'canary')).not.toMatch(/canary/);
});

it('tells a missing file', () => {
  expect(failure('{ codesFile: none.txt }')).toMatch(/none\.txt: targets\.codesFile cannot be read \(ENOENT\)/);
});
