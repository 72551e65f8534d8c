// Where set-up puts things. The one description of the cache folder, read by set-up, by the launcher and by src/embedded/parts.ts.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { TABLES_VERSION } from './build-tables.mjs';

const PARTS_FILE = new URL('./parts.json', import.meta.url);

export const PLATFORM = `${process.platform}-${process.arch}`;

export function readPartsList() {
  return JSON.parse(readFileSync(PARTS_FILE, 'utf8'));
}

export function defaultCacheDir(env, platform, home) {
  const paths = platform === 'win32' ? path.win32 : path.posix;
  if (env.ZEBRA_CACHE_DIR) return paths.resolve(env.ZEBRA_CACHE_DIR);
  // The XDG specification: a relative path is invalid and must be ignored.
  if (env.XDG_CACHE_HOME && paths.isAbsolute(env.XDG_CACHE_HOME)) return paths.join(env.XDG_CACHE_HOME, 'zebra');
  if (platform === 'darwin') return paths.join(home, 'Library', 'Caches', 'zebra');
  if (platform === 'win32') return paths.join(env.LOCALAPPDATA || paths.join(home, 'AppData', 'Local'), 'zebra');
  return paths.join(home, '.cache', 'zebra');
}

export function manifestPath(cacheDir) {
  const hash = createHash('sha256').update(readFileSync(PARTS_FILE)).update(TABLES_VERSION).update(PLATFORM);
  return path.join(cacheDir, `setup-${hash.digest('hex').slice(0, 16)}.json`);
}

export function tablesDir(cacheDir) {
  return path.join(cacheDir, 'tables', TABLES_VERSION);
}

/** Parts made for one platform carry its name, so that machines of different kinds can share a home folder. */
export function partDir(cacheDir, part) {
  const platform = part.files.any ? '' : `-${PLATFORM}`;
  return path.join(cacheDir, 'parts', `${part.name}-${part.version}${platform}`);
}

/** The manifest of the last set-up, or null where there is none or a cut one. */
export function readManifest(cacheDir) {
  try {
    return JSON.parse(readFileSync(manifestPath(cacheDir), 'utf8'));
  } catch {
    return null;
  }
}
