import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { writeWholeFile } from '../../src/datasets/whole-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zebra-whole-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

test('the file holds every row, and its count, size and hash are told', async () => {
  const path = join(folder, 'deep', 'out', 'notes.jsonl');
  const rows = ['{"a":"🩺"}\n', '{"b":2}\n', '{"c":3}\n'];
  const content = Buffer.from(rows.join(''));
  expect(await writeWholeFile(path, rows)).toEqual({
    rows: 3,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  });
  expect(readFileSync(path)).toEqual(content);
});

test('only its owner may read it', async () => {
  const path = join(folder, 'notes.jsonl');
  await writeWholeFile(path, ['x\n']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('it is not there, under its name, before it is whole; an older one stays till then', async () => {
  const path = join(folder, 'notes.jsonl');
  writeFileSync(path, 'old');
  const seen: string[] = [];
  await writeWholeFile(path, look());
  expect(seen).toEqual(['old', 'old']);
  expect(readFileSync(path, 'utf8').length).toBe(1_500_003);
  expect(readdirSync(folder)).toEqual(['notes.jsonl']);

  async function* look() {
    seen.push(readFileSync(path, 'utf8'));
    yield 'x'.repeat(1_500_000);
    seen.push(readFileSync(path, 'utf8'));
    yield 'end';
  }
});

test.each([
  ['before the first row', 0],
  ['after rows that were written already', 3],
])('rows that fail %s leave the older file as it was, and nothing beside it', async (_, rowsBefore) => {
  const path = join(folder, 'notes.jsonl');
  writeFileSync(path, 'old');
  const failing = (async function* () {
    for (let row = 0; row < rowsBefore; row += 1) yield 'x'.repeat(1_200_000);
    throw new Error('the ledger went away');
  })();
  await expect(writeWholeFile(path, failing)).rejects.toThrow('the ledger went away');
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['notes.jsonl']);
});

test('no rows give an empty file', async () => {
  expect(await writeWholeFile(join(folder, 'empty'), [])).toMatchObject({ rows: 0, bytes: 0 });
  expect(readFileSync(join(folder, 'empty'), 'utf8')).toBe('');
});
