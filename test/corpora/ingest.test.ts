import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Embedder, VectorIndex } from '../../src/activities/ports.ts';
import { openLedger } from '../../src/adapters/ledger.ts';
import { ingest, type IngestRequest } from '../../src/corpora/ingest.ts';
import type { Progress } from '../../src/corpora/progress.ts';
import { terminologyOf } from '../support/terminology.ts';
import { createMemoryIndex } from '../support/memory-vector-index.ts';

let folder: string;
let ledger: Awaited<ReturnType<typeof openLedger>>;
let index: VectorIndex;
let embedded: string[];

const embedder: Embedder = {
  model: 'letters',
  dimension: 2,
  chunk: (text) => text.split('. '),
  async embed(texts) {
    embedded.push(...texts);
    return texts.map((text) => Float32Array.of(1, text.length));
  },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zebra-ingest-'));
  ledger = await openLedger({ path: join(folder, 'ledger.db') });
  index = createMemoryIndex();
  embedded = [];
});

afterEach(async () => {
  await ledger.close();
  rmSync(folder, { recursive: true });
});

const note = (id: string, change: Record<string, unknown> = {}) => ({
  id,
  text: `First of ${id}. Second`,
  codes: ['E75.21', 'I10'],
  ...change,
});

async function ingestNotes(notes: readonly unknown[], change: Partial<IngestRequest> = {}) {
  const path = join(folder, 'notes.jsonl');
  writeFileSync(path, notes.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry))).join('\n'));
  return ingest({
    corpus: { id: 'c', path, format: 'jsonl', split: null, restricted: false },
    codeSystem: 'icd10cm',
    terminologyOf,
    ledger,
    index,
    embedder,
    skipBad: false,
    ...change,
  });
}

describe('ingest', () => {
  it('stores every note, and embeds the training notes only', async () => {
    const report = await ingestNotes([
      note('a'),
      note('b', { split: 'validation' }),
      note('c', { split: 'test' }),
      note('d'),
    ]);
    expect(report).toMatchObject({
      notes: { total: 4, train: 2, validation: 1, test: 1 },
      added: 4,
      changed: 0,
      same: 0,
      embedded: 2,
      codes: 2,
    });
    expect(embedded).toEqual(['First of a', 'Second', 'First of d', 'Second']);
    expect(await index.count()).toBe(4);
    const matches = await index.nearest(Float32Array.of(1, 1), { limit: 10, anyCode: ['icd10cm/dx/I10'] });
    expect(matches.map(({ noteId }) => noteId).sort()).toEqual(['a', 'd']);
  });

  it('changes nothing when the same file comes again', async () => {
    const notes = [note('a'), note('b')];
    await ingestNotes(notes);
    embedded = [];
    expect(await ingestNotes(notes)).toMatchObject({ added: 0, changed: 0, same: 2, embedded: 0 });
    expect(embedded).toEqual([]);
  });

  it('embeds a changed note again and drops its old chunks', async () => {
    await ingestNotes([note('a'), note('b')]);
    embedded = [];
    expect(await ingestNotes([note('a', { text: 'Shorter' }), note('b')])).toMatchObject({
      changed: 1,
      same: 1,
      embedded: 1,
    });
    expect(embedded).toEqual(['Shorter']);
    expect(await index.count()).toBe(3);
  });

  it('takes a note out of the index when it leaves the training split', async () => {
    await ingestNotes([note('a'), note('b')]);
    expect(await ingestNotes([note('a', { split: 'test' }), note('b')])).toMatchObject({
      removedFromIndex: 1,
      embedded: 0,
    });
    const matches = await index.nearest(Float32Array.of(1, 1), { limit: 10 });
    expect(matches.map(({ noteId }) => noteId)).toEqual(['b']);
  });

  it('keeps notes of an earlier version of the file, and counts them', async () => {
    await ingestNotes([note('a'), note('b')]);
    expect(await ingestNotes([note('b')])).toMatchObject({ notes: { total: 1 }, kept: 1 });
  });

  it('goes on where it was when it was interrupted', async () => {
    const notes = Array.from({ length: 70 }, (_, place) => note(`n${place}`));
    const stop = new AbortController();
    const failing: VectorIndex = {
      ...index,
      async upsert(chunks) {
        await index.upsert(chunks);
        stop.abort(new Error('stopped'));
      },
    };
    await expect(ingestNotes(notes, { index: failing, signal: stop.signal })).rejects.toThrow('stopped');
    const before = embedded.length / 2;
    expect(before).toBeGreaterThan(0);
    const report = await ingestNotes(notes);
    expect(report).toMatchObject({ added: 0, same: 70, embedded: 70 - before });
    expect(await index.count()).toBe(140);
  });

  it('fills an index that was lost', async () => {
    await ingestNotes([note('a'), note('b')]);
    index = createMemoryIndex();
    expect(await ingestNotes([note('a'), note('b')])).toMatchObject({ added: 0, embedded: 2 });
    expect(await index.count()).toBe(4);
  });

  it('lists codes that no table describes, and keeps them as labels', async () => {
    const report = await ingestNotes([
      note('a', { codes: ['I10', 'N18.23', { type: 'px', code: '0TJB' }] }),
      note('b', { codes: ['N18.23'] }),
    ]);
    expect(report.unknownCodes).toEqual([
      { code: { system: 'icd10cm', type: 'dx', code: 'N18.23' }, count: 2 },
      { code: { system: 'icd10cm', type: 'px', code: '0TJB' }, count: 1 },
    ]);
    expect(report.codes).toBe(3);
  });

  it('counts subjects whose notes stand in several splits', async () => {
    const notes = [
      note('a', { subject: 's' }),
      note('b', { subject: 's', split: 'test' }),
      note('c', { subject: 't' }),
    ];
    expect(await ingestNotes(notes)).toMatchObject({ subjectsInSeveralSplits: 1 });
  });

  it('tells how far it is', async () => {
    const told: Progress[] = [];
    await ingestNotes([note('a'), note('b')], { onProgress: (progress) => told.push(progress) });
    expect(told.filter(({ done, total }) => done === total).map(({ phase }) => phase)).toEqual([
      'read',
      'store',
      'embed',
    ]);
  });
});

describe('a bad corpus', () => {
  const bad = [note('a'), '{"id": "canary', note('b', { codes: ['canary'] }), note('a')];

  it('is refused with its line numbers, and changes nothing', async () => {
    const failure = await ingestNotes(bad).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'ConfigError' });
    const message = (failure as Error).message;
    expect(message).toMatch(/notes\.jsonl:2: not valid JSON/);
    expect(message).toMatch(/notes\.jsonl:3: codes\[0\] is malformed/);
    expect(message).toMatch(/notes\.jsonl:4: the id of this note stands on line 1/);
    expect(message).toMatch(/--skip-bad/);
    expect(message).not.toMatch(/canary/);
    expect(await ledger.noteStates('c', ['a'])).toEqual(new Map());
    expect(embedded).toEqual([]);
  });

  it('gives its good lines with skipBad, and lists the others', async () => {
    const report = await ingestNotes(bad, { skipBad: true });
    expect(report).toMatchObject({ added: 1, notes: { total: 1 } });
    expect(report.skipped.map(({ line }) => line)).toEqual([2, 3, 4]);
  });

  it('is refused when it is empty or has nothing to train on', async () => {
    await expect(ingestNotes([])).rejects.toThrow(/holds no note; a campaign needs real notes/);
    await expect(ingestNotes([note('a', { split: 'test' })])).rejects.toThrow(
      /holds no training note \(1 of other splits\)/,
    );
  });
});
