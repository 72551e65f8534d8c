import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import type { CorpusLine } from '../../src/corpora/corpus-note.ts';
import { LONGEST_LINE_BYTES } from '../../src/corpora/lines.ts';
import { openCorpus } from '../../src/corpora/open-corpus.ts';
import { testData } from '../support/test-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'zebra-corpora-'));
afterAll(() => rmSync(folder, { recursive: true }));

const note = { id: 'n1', text: 'A canary sang.', codes: [{ type: 'dx', code: 'E75.21' }, 'i10'] };
const line = (change: Record<string, unknown> = {}): string => JSON.stringify({ ...note, ...change });

async function read(
  content: string | Buffer,
  {
    split = null,
    format = 'jsonl',
    name = 'notes.jsonl',
  }: { split?: string | null; format?: string; name?: string } = {},
) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const splitPath = split === null ? null : join(folder, 'split');
  if (splitPath !== null) writeFileSync(splitPath, split!);
  const corpus = await openCorpus({ path, format, split: splitPath }, 'icd10cm');
  return Array.fromAsync(corpus.read());
}

const problemOf = async (content: string, split?: string): Promise<string> => {
  const [entry] = await read(content, { split: split ?? null });
  if (entry === undefined || !('problem' in entry)) throw new Error('the line was taken');
  expect(entry.problem).not.toMatch(/canary|secret/i);
  return entry.problem;
};

const ids = (entries: readonly CorpusLine[]): string[] =>
  entries.map((entry) => ('note' in entry ? entry.note.id : entry.problem));

describe('the native form', () => {
  it('gives notes with canonical codes in their order', async () => {
    const [entry] = await read(line({ subject: 7, split: 'dev', sex: 'female', age: 41.5, meta: { ward: 'b' } }));
    expect(entry).toEqual({
      line: 1,
      note: {
        id: 'n1',
        text: 'A canary sang.',
        codes: [
          { system: 'icd10cm', type: 'dx', code: 'E75.21' },
          { system: 'icd10cm', type: 'dx', code: 'I10' },
        ],
        subject: '7',
        split: 'validation',
        sex: 'F',
        age: 41,
      },
      meta: { ward: 'b' },
    });
  });

  it('takes a note without a split for a training note, and a repeated code once', async () => {
    const [entry] = await read(line({ codes: ['I10', 'i10', { code: 'I10' }] }));
    expect(entry).toMatchObject({ note: { split: 'train', sex: null, age: null, codes: [{ code: 'I10' }] } });
  });

  it('keeps codes that no table holds', async () => {
    const [entry] = await read(line({ codes: ['N18.23', { type: 'px', code: '0TJB' }] }));
    expect(entry).toMatchObject({ note: { codes: [{ code: 'N18.23' }, { type: 'px', code: '0TJB' }] } });
  });

  it.each([
    ['{"id": "canary', 'not valid JSON'],
    ['["canary"]', 'not a JSON object'],
    [line({ id: undefined }), 'id is missing'],
    [line({ id: 'a\nb' }), 'id must have'],
    [line({ text: undefined }), 'text is missing'],
    [line({ text: ' \n' }), 'text is empty'],
    [line({ codes: 'canary' }), 'codes is missing'],
    [line({ codes: ['I10', 'canary'] }), 'codes[1].code is malformed'.replace('.code', '')],
    [line({ codes: [{ type: 'secret', code: 'I10' }] }), 'codes[0].type: expected dx or px'],
    [line({ codes: [{ type: 'dx' }] }), 'codes[0].code: expected a code'],
    [line({ split: 'secret' }), 'split: expected train, validation or test'],
    [line({ sex: 'secret' }), 'sex: expected F or M'],
    [line({ age: 300 }), 'age: expected years'],
    [line({ age: 'secret' }), 'age: expected years'],
    [line({ splt: 'test' }), "a field's name is almost, but not quite, split"],
  ])('says what is wrong with a line, without quoting it', async (content, expected) => {
    expect(await problemOf(content)).toContain(expected);
  });

  it('refuses an id that stands on a line before', async () => {
    expect(ids(await read([line(), line({ id: 'n2' }), line()].join('\n')))).toEqual([
      'n1',
      'n2',
      'the id of this note stands on line 1 already; ids must be unique',
    ]);
  });
});

describe('the file', () => {
  const lines = [line(), '', line({ id: 'n2' })];

  it('may have CRLF line ends, a byte order mark, blank lines and no last line end', async () => {
    const entries = await read(`\uFEFF${lines.join('\r\n')}`);
    expect(entries.map((entry) => entry.line)).toEqual([1, 3]);
    expect(ids(entries)).toEqual(['n1', 'n2']);
  });

  it('may be gzip, whatever its name, in several members', async () => {
    const bytes = Buffer.concat([gzipSync(`${lines[0]}\n`), gzipSync(lines[2]!)]);
    expect(ids(await read(bytes))).toEqual(['n1', 'n2']);
  });

  it('tells the line at which gzip data is cut', async () => {
    const whole = gzipSync(
      Array.from({ length: 5_000 }, (_, index) => line({ id: `n${index}`, text: String(Math.sin(index)) })).join('\n'),
    );
    await expect(read(whole.subarray(0, whole.length / 2))).rejects.toThrow(
      /notes\.jsonl:\d+: the gzip data is cut or damaged/,
    );
  });

  it('has its bad lines told by number, and goes on after them', async () => {
    const long = 'x'.repeat(LONGEST_LINE_BYTES + 1);
    const bytes = Buffer.concat([Buffer.from(`${long}\n`), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(line())]);
    const entries = await read(bytes);
    expect(entries.map((entry) => entry.line)).toEqual([1, 2, 3]);
    expect(ids(entries)).toEqual([
      'the line is longer than 16 MB',
      'the line is not UTF-8; convert the file to UTF-8',
      'n1',
    ]);
  });

  it('can be read again from its start', async () => {
    const path = join(folder, 'again.jsonl');
    writeFileSync(path, lines.join('\n'));
    const corpus = await openCorpus({ path, format: 'jsonl', split: null }, 'icd10cm');
    expect(ids(await Array.fromAsync(corpus.read()))).toEqual(ids(await Array.fromAsync(corpus.read())));
  });

  it('is missed by name', async () => {
    const place = { path: join(folder, 'none.jsonl'), format: 'jsonl', split: null };
    await expect(openCorpus(place, 'icd10cm')).rejects.toThrow(/none\.jsonl: no such file/);
    await expect(openCorpus({ ...place, path: folder }, 'icd10cm')).rejects.toThrow(/is not a file/);
  });
});

describe('the split file', () => {
  const two = [line({ subject: 's1' }), line({ id: 'n2', subject: 's2' })].join('\n');
  const splitsOf = async (split: string) =>
    (await read(two, { split })).map((entry) => ('note' in entry ? entry.note.split : entry.problem));

  it('overrides the notes by id or by subject, as CSV or JSONL', async () => {
    expect(await splitsOf('id,split\nn1,test\nn2,train\n')).toEqual(['test', 'train']);
    expect(await splitsOf('subject,split\n"s1",dev\ns2,test')).toEqual(['validation', 'test']);
    expect(await splitsOf('{"id":"n1","split":"test"}\n{"id":"n2","split":"train"}')).toEqual(['test', 'train']);
  });

  it('must name every note: guessing could put a test note into training', async () => {
    expect(await splitsOf('id,split\nn1,test')).toEqual([
      'test',
      "the split file does not name this note's id; add it there",
    ]);
    expect(await problemOf(line(), 'subject,split\ns1,test')).toContain('the note has no subject');
  });

  it('is refused with its line when it is wrong', async () => {
    await expect(splitsOf('name,split\nn1,test')).rejects.toThrow(
      /split:1: expected the columns id,split or subject,split/,
    );
    await expect(splitsOf('id,split\nn1,secret')).rejects.toThrow(
      /split:2: split: expected train, validation or test$/,
    );
    await expect(splitsOf('id,split\nn1,test\nn1,train')).rejects.toThrow(/split:3: this id was given another split/);
    await expect(splitsOf('id,split')).rejects.toThrow(/names no id/);
  });
});

describe('formats', () => {
  it('that are not there yet say so', async () => {
    for (const format of ['mimic3', 'mimic4', 'caml']) {
      await expect(read('', { format })).rejects.toThrow(ConfigError);
      await expect(read('', { format })).rejects.toThrow(/not available yet in this version/);
    }
  });

  it('of CodiEsp take the English text, diagnoses first, procedures cut short', async () => {
    const content = JSON.stringify({
      id: 'S1',
      split: 'train',
      text_en: 'Fever.',
      text_es: 'Fiebre.',
      dx: ['r50.9'],
      px: ['0DTP'],
    });
    const [entry] = await read(content, { format: 'codiesp' });
    expect(entry).toMatchObject({
      note: {
        text: 'Fever.',
        codes: [
          { type: 'dx', code: 'R50.9' },
          { type: 'px', code: '0DTP' },
        ],
      },
    });
    await expect(
      openCorpus({ path: join(folder, 'notes.jsonl'), format: 'codiesp', split: null }, 'icd9cm'),
    ).rejects.toThrow(/codeSystem: icd10cm/);
  });

  const codiesp = testData('codiesp/codiesp-train.jsonl.gz');
  it.skipIf(codiesp === null)(
    'of CodiEsp: every line of its training set is a note (needs ZEBRA_TEST_DATA)',
    async () => {
      const corpus = await openCorpus({ path: codiesp!, format: 'codiesp', split: null }, 'icd10cm');
      const entries = await Array.fromAsync(corpus.read());
      expect(entries.filter((entry) => 'problem' in entry)).toEqual([]);
      expect(entries).toHaveLength(500);
    },
  );
});
