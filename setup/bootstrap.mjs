// Everything between a fresh clone and a program that can run: Node 24, the packages, the parts, the terminology tables.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { buildTables } from './build-tables.mjs';
import { manifestPath, readManifest, readPartsList, tablesDir } from './layout.mjs';
import { withLock } from './lock.mjs';
import { ensureNode24 } from './node24.mjs';
import { ensurePackages, packagesAreCurrent } from './packages.mjs';
import { ensureParts, locateInCache, partsArePlaced } from './parts.mjs';
import { findPython } from './python.mjs';
import { SetupError, timed } from './talk.mjs';
import { fromFolder, fromMirror } from './wheels.mjs';

const DISK_ERRORS = {
  ENOSPC: 'is full; make room',
  EDQUOT: 'is over its quota; make room',
  EACCES: 'may not be written; give yourself the right',
  EPERM: 'may not be written; give yourself the right',
  EROFS: 'is read-only; make it writable',
  EEXIST: 'is not a folder; move it away',
  ENOTDIR: 'is not a folder; move it away',
};

/**
 * Brings what is missing for a task and answers the manifest: the absolute path of every part. Costs a few file look-ups when
 * nothing is missing.
 */
export async function bootstrap({ root, cacheDir, task, log }) {
  const known = readManifest(cacheDir);
  if (known && isComplete(known, root, cacheDir, task)) return known;
  try {
    return await withLock(path.join(cacheDir, 'setup.lock'), log, () => setUp({ root, cacheDir, task, log }));
  } catch (error) {
    const trouble = DISK_ERRORS[error.code];
    if (!trouble) throw error;
    throw new SetupError(`${cacheDir} ${trouble}, or set ZEBRA_CACHE_DIR to another folder`);
  }
}

function isComplete(manifest, root, cacheDir, task) {
  const paths = Object.values(manifest).filter((value) => typeof value === 'string');
  return (
    partsArePlaced(readPartsList(), cacheDir, task) &&
    packagesAreCurrent(root) &&
    paths.every((file) => existsSync(file))
  );
}

async function setUp({ root, cacheDir, task, log }) {
  const scratch = path.join(cacheDir, 'tmp');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const python = await findPython();
  const runtime = await ensureNode24(cacheDir, log);
  await ensurePackages(root, runtime, log);
  const parts = readPartsList();
  const fetchWheel = process.env.ZEBRA_WHEELS ? fromFolder(process.env.ZEBRA_WHEELS) : fromMirror(python, scratch);
  await ensureParts({ parts, cacheDir, task, fetchWheel, log });
  await ensureTables(cacheDir, log);
  const manifest = {
    schemaVersion: 1,
    node: runtime.node,
    python,
    ...locateInCache(parts, cacheDir),
    tablesDir: tablesDir(cacheDir),
  };
  writeWhole(manifestPath(cacheDir), `${JSON.stringify(manifest, null, 2)}\n`, scratch);
  rmSync(scratch, { recursive: true, force: true });
  return manifest;
}

async function ensureTables(cacheDir, log) {
  const outDir = tablesDir(cacheDir);
  if (existsSync(outDir)) return;
  const building = path.join(cacheDir, 'tmp', 'tables');
  await timed('terminology tables', log, () =>
    buildTables({ partsDir: path.join(cacheDir, 'parts'), outDir: building, log }),
  );
  mkdirSync(path.dirname(outDir), { recursive: true });
  renameSync(building, outDir);
}

function writeWhole(file, text, scratch) {
  const temporary = path.join(scratch, path.basename(file));
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
