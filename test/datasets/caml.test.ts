import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AcceptedNote } from '../../src/datasets/accepted-note.ts';
import { camlRows } from '../../src/datasets/caml.ts';
import { acceptedNote, streamOf } from '../support/accepted-notes.ts';
import { codeSetOf, dx } from '../support/ledger-fixture.ts';

const header = 'SUBJECT_ID,HADM_ID,TEXT,LABELS,length\n';

async function rowsOf(...notes: readonly AcceptedNote[]): Promise<string[]> {
  return Array.fromAsync(camlRows(streamOf(...notes)));
}

test("the header is that of CAML's train_full.csv, and stands there though no note follows", async () => {
  expect(await rowsOf()).toEqual([header]);
});

test('text is cut into words, those of digits only are dropped, and the rest is lower-cased', async () => {
  const text = 'Sjögren, BP 120/80 on 3L O2; "Fabry"\n(α-Gal A) 2+ edema, T12_L1 ___ 5mg';
  expect(await rowsOf(acceptedNote({ text }))).toEqual([
    header,
    '-1,-1,sjögren bp on 3l o2 fabry α gal a edema t12_l1 ___ 5mg,E75.21;I10,13\n',
  ]);
});

test('labels are dotted codes, the target first, each once', async () => {
  const codeSet = codeSetOf('E75.21', 1, { codes: [dx('E75.21'), dx('I10'), dx('E11.9'), dx('I10')] });
  expect((await rowsOf(acceptedNote({ codeSet })))[1]).toContain(',E75.21;I10;E11.9,');
});

test('ids are negative, count down and meet no admission', async () => {
  const rows = await rowsOf(acceptedNote(), acceptedNote(), acceptedNote());
  expect(rows.slice(1).map((row) => row.split(',').slice(0, 2))).toEqual([
    ['-1', '-1'],
    ['-2', '-2'],
    ['-3', '-3'],
  ]);
});

test('whatever the text holds, a row has five columns and one line, and its length counts the words of its text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), async (text) => {
      const row = (await rowsOf(acceptedNote({ text })))[1]!;
      const columns = row.slice(0, -1).split(',');
      expect(columns).toHaveLength(5);
      expect(row.indexOf('\n')).toBe(row.length - 1);
      expect(row).not.toMatch(/["\r]/);
      expect(Number(columns[4])).toBe(columns[2] === '' ? 0 : columns[2]!.split(' ').length);
    }),
  );
});
