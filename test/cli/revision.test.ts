import { expect, it } from 'vitest';
import type { CorpusSummary } from '../../src/activities/ports.ts';
import { refuseChanged, revisionOf } from '../../src/cli/revision.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { icd10cm } from '../support/terminology.ts';

const corpus: CorpusSummary = {
  id: 'notes-1',
  path: '/notes.jsonl',
  format: 'jsonl',
  restricted: false,
  codeSystem: 'icd10cm',
  notes: 3,
  training: 3,
  validation: 0,
  test: 0,
  codes: 2,
  hash: 'abc',
  unknownCodes: [],
};

function revision(settings: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'zebra-revision-'));
  const file = join(folder, 'zebra.yaml');
  writeFileSync(file, ['campaign: p', 'codeSystem: icd10cm', 'corpus: { path: n }', ...settings].join('\n'));
  const config = loadConfig({ file, env: {} });
  rmSync(folder, { recursive: true });
  return revisionOf({ config, corpus, wordCounts: [200, 400, 900], named: [], terminology: icd10cm() });
}

it('takes length and room for the reply from the corpus, unless they are set', () => {
  expect(revision().generation).toEqual({ temperature: 0.8, words: 400, maxTokens: 1_456 });
  expect(revision(['llm: { maxTokens: 700 }']).generation.maxTokens).toBe(700);
});

it('holds nothing that may change in flight: concurrency, rates, budget, egress, places', () => {
  const other = revision([
    'llm: { concurrency: 64, requestsPerMinute: 10, tokensPerMinute: 10, price: { input: 1 } }',
    'budget: { cost: 3 }',
    'egress: { allow: [host] }',
    'output: elsewhere',
    'temporal: { address: "host:7233" }',
  ]);
  expect(other).toEqual(revision());
});

it('says in what a planned campaign has changed', () => {
  const now = revision(['seed: 2', 'targets: { limit: 5 }', 'validation: { copy: { maxSharedTokens: 9 } }']);
  expect(() => refuseChanged(revision(), now)).toThrow(
    [
      'campaign p is planned already, and what it was planned with has changed:',
      '  seed: planned with 1, now 2',
      '  targets.limit: planned with null, now 5',
      '  validation.copy.maxSharedTokens: planned with 40, now 9',
      'put it back, or name another campaign',
    ].join('\n'),
  );
});
