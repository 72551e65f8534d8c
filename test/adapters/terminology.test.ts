import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';

import { loadTerminology } from '../../src/adapters/terminology.ts';
import { normaliseCode } from '../../src/domain/icd.ts';
import type { CodeEntry, Terminology } from '../../src/domain/terminology.ts';
import { builtTables, terminologyOf } from '../support/terminology.ts';
import { testData } from '../support/test-data.ts';

const reference10 = testData('icd10cm/icd10cm-2026-04.jsonl.gz');
const reference9 = testData('icd9cm/icd9cm-dx-v32.csv');
const codiesp = testData('codiesp/codiesp-train.jsonl.gz');

const table = (system: 'icd10cm' | 'icd9cm'): Terminology => terminologyOf(system, 'dx')!;
const linesOf = (file: string): string[] =>
  (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file)).toString('utf8').trim().split('\n');
const codesOf = (term: Terminology): CodeEntry[] =>
  [...Array(22).keys()].flatMap((i) => [...term.descendants(`CH${String(i + 1).padStart(2, '0')}`)]);

describe('a built table', () => {
  test('is read once', () => {
    expect(table('icd10cm')).toBe(table('icd10cm'));
    expect(table('icd10cm').release).toBe('ICD-10-CM, 1 April 2026');
  });

  test('holds 46,881 codes of ICD-10-CM and 51,305 more with a 7th character', () => {
    const codes = codesOf(table('icd10cm'));
    expect(codes).toHaveLength(46_881 + 51_305);
    expect(new Set(codes.map(({ code }) => code)).size).toBe(codes.length);
  });

  test.each(['icd10cm', 'icd9cm'] as const)('spells every code of %s as normaliseCode does', (system) => {
    for (const { code } of codesOf(table(system))) {
      expect(normaliseCode(system, 'dx', code.replace('.', ''))).toEqual({ code: { system, type: 'dx', code } });
    }
  });

  test('does not ship for procedures', () => {
    expect(loadTerminology(builtTables, 'icd9cm', 'px')).toBeNull();
    expect(loadTerminology(builtTables, 'icd10cm', 'px')).toBeNull();
  });

  test.skipIf(reference10 === null)('agrees with every node of the ICD-10-CM reference: title, place and notes', () => {
    const term = table('icd10cm');
    const nodes = linesOf(reference10!).map((line) => JSON.parse(line));
    expect(nodes).toHaveLength(47_200);
    for (const node of nodes) {
      const extended = node.kind === 'code' && node.leaf && term.children(node.code).length > 0;
      expect(term.find(node.code)).toEqual({
        code: node.code,
        kind: node.kind,
        title: node.desc.trim(),
        shortTitle: null,
        parent: node.parent,
        leaf: node.leaf && !extended,
        inclusionTerms: tidy(node.inclusionTerm),
        includes: tidy(node.includes),
        excludes1: tidy(node.excludes1),
        excludes2: tidy(node.excludes2),
        codeFirst: tidy(node.codeFirst),
        useAdditional: tidy(node.useAdditionalCode),
        codeAlso: tidy(node.codeAlso),
      });
    }
  });

  test.skipIf(reference9 === null)('agrees with every node of the ICD-9-CM reference: titles and place', () => {
    const term = table('icd9cm');
    const rows = linesOf(reference9!).slice(1).map(csvRow);
    expect(rows).toHaveLength(17_726);
    // The reference counts levels by depth: it calls the 30 categories right under a chapter (280-289, 740-759) blocks, and their 240
    // subcategories categories.
    const kinds = { chapter: 0, block: 0, category: 0, leaf: 0 };
    const named = new Map<string, string>();
    for (const [code, , parent, level, , , leaf, short, long] of rows as string[][]) {
      const range = code!.includes('-');
      if (level === 'chapter') kinds.chapter += 1;
      const ours = level === 'chapter' ? `CH${String(kinds.chapter).padStart(2, '0')}` : range ? `BLK:${code}` : code!;
      named.set(code!, ours);
      const entry = term.find(ours)!;
      expect(entry.parent).toBe(parent === '' ? null : named.get(parent!));
      expect(entry.title).toBe(long || (range ? `${short} (${code})` : short));
      expect(entry.leaf).toBe(leaf === '1');
      expect(entry.kind).toBe(level === 'chapter' ? 'chapter' : range ? 'block' : 'code');
      if (entry.kind === 'block') kinds.block += 1;
      if (entry.kind === 'code' && term.category(ours)?.code === ours) kinds.category += 1;
      if (leaf === '1') kinds.leaf += 1;
    }
    expect(kinds).toEqual({ chapter: 19, block: 184 - 30, category: 1_444 + 30 - 240, leaf: 14_567 });
  });

  test.skipIf(codiesp === null)('resolves every diagnosis of CodiEsp, the 50 cut short with placeholders too', () => {
    const term = table('icd10cm');
    const codes = new Set(linesOf(codiesp!).flatMap((line): string[] => JSON.parse(line).dx));
    const found = [...codes].map((raw) => {
      const result = normaliseCode('icd10cm', 'dx', raw);
      return 'code' in result ? term.resolve(result.code.code)?.how : 'malformed';
    });
    expect(found.filter((how) => how === 'placeholder')).toHaveLength(50);
    expect(found.every((how) => how === 'exact' || how === 'placeholder')).toBe(true);
  });
});

describe('a table that cannot be used', () => {
  const folderWith = (content: Buffer | null): string => {
    const folder = mkdtempSync(path.join(tmpdir(), 'zebra-terminology-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    if (content !== null) writeFileSync(path.join(folder, 'icd10cm-dx.json.gz'), content);
    return folder;
  };

  test.each([
    ['missing', null, /icd10cm-dx\.json\.gz: .*is missing.*npm run setup/],
    ['cut', gzipSync('{}').subarray(0, 10), /icd10cm-dx\.json\.gz: .*cannot be read.*npm run setup/],
    ['of another form', gzipSync('{"format":0}'), /another version of Zebra.*npm run setup/],
  ])('is named with the fix when it is %s', (_, content, message) => {
    expect(() => loadTerminology(folderWith(content), 'icd10cm', 'dx')).toThrow(message);
  });
});

function tidy(texts: readonly string[] | undefined): string[] {
  return (texts ?? []).map((text) => text.replace(/\s+/g, ' ').trim());
}

/** One line of the reference's CSV: quotes only around whole fields. */
function csvRow(line: string): string[] {
  return [...line.trimEnd().matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain! : quoted.replaceAll('""', '"'),
  );
}
