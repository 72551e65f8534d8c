import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { createLeakScanner, textOf, writtenForms } from './leak-scan.ts';

const canaries = { planted: ['zyvqorbex', '7390518264', 'żółwβλξ猫', 'quorbled vexmire thrandle'] };
const all = canaries.planted;
const scanner = createLeakScanner(canaries);

const encodings: Readonly<Record<string, (text: string) => Buffer | string>> = {
  'UTF-8': (text) => text,
  'UTF-16': (text) => Buffer.from(text, 'utf16le'),
  'big-endian UTF-16': (text) => Buffer.from(text, 'utf16le').swap16(),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'a URL': (text) => encodeURIComponent(text),
  'a form': (text) => new URLSearchParams({ q: text }).toString(),
  JSON: (text) => JSON.stringify({ text }),
  'escaped JSON': (text) =>
    JSON.stringify(text).replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  hex: (text) => Buffer.from(text).toString('hex'),
  'upper-case hex': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'lower case': (text) => text.toLowerCase(),
};

test.each(Object.entries(encodings))('finds a canary written as %s, whatever stands around it', (_, encode) => {
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.string(), fc.string(), (canary, before, after) => {
      expect(scanner.scan('here', encode(`${before}${canary}${after}`))).not.toEqual([]);
    }),
  );
});

test('finds nothing where no canary is', () => {
  expect(scanner.scan('here', 'zyvqorbe 739051826 quorbled thrandle')).toEqual([]);
});

test('never looks for less than six bytes, so that no chance find is told', () => {
  for (const canary of all) {
    for (const [form, bytes] of writtenForms(canary)) expect(bytes.length, form).toBeGreaterThanOrEqual(6);
  }
});

test('finds a canary inside decoded messages, in bytes and in keys', () => {
  for (const message of [{ data: Buffer.from('{"a":"zyvqorbex"}') }, { zyvqorbex: 1 }, [[{ deep: 'zyvqorbex' }]]]) {
    expect(scanner.scan('message', textOf(message))).not.toEqual([]);
  }
});

test('finds a canary that the pages of a database cut in two', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zebra-scan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const database = new DatabaseSync(join(folder, 'cells.db'));
  database.exec('CREATE TABLE t (a BLOB)');
  const long = `${'x'.repeat(5_000)}`;
  for (let shift = 0; shift < 4_096; shift += 64) {
    database.prepare('INSERT INTO t VALUES (?)').run(Buffer.from(`${long.slice(shift)}${all[3]}${long}`));
  }
  database.close();
  expect(scanner.scanFolder(folder).join()).toContain('(cells)');
});

test('finds a canary at the end of a file that is mostly empty', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zebra-scan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'page.dat'), Buffer.concat([Buffer.alloc(8_000_000), Buffer.from('zyvqorbex')]));
  expect(scanner.scanFolder(folder)).toEqual(['page.dat: planted canary "zyvqorbex" as UTF-8']);
});
