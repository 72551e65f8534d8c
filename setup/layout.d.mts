/** One third-party part, pinned: what it is, and its file for each platform (or `any`). */
export interface Part {
  name: string;
  version: string;
  /** The manifest's key for the part's path. */
  gives: string;
  licence: string;
  /** What the manifest points at, relative to the unpacked wheel. */
  path: string;
  executable?: boolean;
  /** The one task that needs the part; every task when absent. */
  neededBy?: 'test';
  files: Record<string, { file: string; sha256: string; bytes: number }>;
}

/** `<platform>-<arch>` as Node names them. */
export const PLATFORM: string;

/** The parts pinned in setup/parts.json. */
export function readPartsList(): Part[];

/**
 * The folder for downloaded parts, one for all clones of a user: `ZEBRA_CACHE_DIR`, else `XDG_CACHE_HOME`/zebra where that is
 * absolute, else the platform's custom.
 */
export function defaultCacheDir(env: Record<string, string | undefined>, platform: string, home: string): string;

/** The manifest that a finished set-up leaves; its name changes with the pinned parts, the tables' version and the platform. */
export function manifestPath(cacheDir: string): string;

/** The folder of the terminology tables. */
export function tablesDir(cacheDir: string): string;

/** The folder a part is unpacked into. */
export function partDir(cacheDir: string, part: Part): string;

/** The manifest of the last set-up, unchecked, or null where there is none or a cut one. */
export function readManifest(cacheDir: string): Record<string, unknown> | null;
