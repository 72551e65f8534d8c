import { expect, test } from 'vitest';
import { type ManifestFacts, manifestOf } from '../../src/datasets/manifest.ts';
import type { Revision } from '../../src/domain/revision.ts';
import type { CampaignStatus } from '../../src/domain/status.ts';
import { dx, planOf } from '../support/ledger-fixture.ts';

const { revision } = planOf({ 'E75.21': 3 });

const status: CampaignStatus = {
  schemaVersion: 1,
  ledgerId: '00000000-0000-4000-8000-000000000000',
  campaign: 'pilot',
  revision: 1,
  state: 'done',
  reason: null,
  codes: { total: 1, done: 0, rejected: 1, failed: 0, active: 0, pending: 0 },
  notes: { planned: 3, accepted: 2, rejected: 1, failed: 0, pending: 0 },
  llm: { calls: 5, inputTokens: 3_000, outputTokens: 1_500, cost: 0.01 },
  budget: { cost: null, tokens: null },
  tiers: { 'few-shot': { codes: 1, planned: 3, accepted: 2 } },
  eta: null,
};

function manifest(changes: Partial<ManifestFacts> = {}): Record<string, any> {
  return manifestOf({
    format: 'jsonl',
    file: 'notes.jsonl',
    written: { rows: 2, bytes: 640, sha256: 'beef' },
    revision,
    revisionHash: 'cafe',
    status,
    rejections: [{ check: 'coverage', reason: 'not-found', notes: 1 }],
    unplanned: [{ code: dx('Q99.9'), reason: 'no-relative' }],
    sourceIds: false,
    createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    ...changes,
  });
}

const withRevision = (changes: Partial<Revision>) => manifest({ revision: { ...revision, ...changes } });

test('says what the file holds, how its offsets count, and what made it', () => {
  expect(manifest()).toMatchObject({
    schemaVersion: 1,
    campaign: 'pilot',
    ledgerId: status.ledgerId,
    file: { name: 'notes.jsonl', notes: 2, bytes: 640, sha256: 'beef' },
    offsetUnit: 'codepoint',
    createdAt: '2026-01-02T03:04:05.000Z',
    complete: true,
    counts: { notes: status.notes, rejectionReasons: [{ check: 'coverage', reason: 'not-found', notes: 1 }] },
    unplanned: [{ code: dx('Q99.9'), reason: 'no-relative' }],
    revision: { number: 1, sha256: 'cafe', settings: { promptVersion: '1', gateVersion: '1', seed: 1 } },
    checks: { copy: { action: 'reject', maxSharedTokens: 30 } },
  });
});

test('counts notes, not the header of a table', () => {
  expect(manifest({ format: 'caml' })['file'].notes).toBe(1);
});

test('is complete only when every planned note has ended', () => {
  expect(manifest({ status: { ...status, state: 'running' } })['complete']).toBe(false);
});

test('says how anchors are named', () => {
  expect(manifest()['anchors']).toBe('keyed pseudonyms');
  expect(manifest({ sourceIds: true })['anchors']).toBe('ids of the corpus');
});

test('says what a restricted corpus means for the file', () => {
  expect(manifest()['restriction']).toMatchObject({ restricted: false });
  expect(withRevision({ corpus: { ...revision.corpus, restricted: true } })['restriction']).toEqual({
    restricted: true,
    terms: expect.stringContaining('the agreement that covers the corpus covers this file'),
  });
});

test('says what the embedded writer is not', () => {
  expect(withRevision({ writer: { kind: 'scaffold+smollm2', model: 'm' } })['writer']).toMatchObject({
    kind: 'scaffold+smollm2',
    statement: expect.stringContaining('not notes to train a model on'),
  });
  expect(withRevision({ writer: { kind: 'endpoint', model: 'm' } })['writer'].statement).toContain('not real patients');
});

test('survives JSON unchanged', () => {
  expect(JSON.parse(JSON.stringify(manifest()))).toEqual(manifest());
});
