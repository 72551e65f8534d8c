import type { Part } from './layout.mjs';

/** Answers the path of a downloaded wheel; `into` is a scratch folder for it. */
export type FetchWheel = (part: Part, file: { file: string; sha256: string }, into: string) => string | Promise<string>;

/** Where each part lies, by the manifest's key; null where there is no build for this platform, or it was never asked for. */
export function locateInCache(parts: Part[], cacheDir: string): Record<string, string | null>;

/** Brings what a task needs and is not placed yet; throws one line naming the part and the fix. */
export function ensureParts(work: {
  parts: Part[];
  cacheDir: string;
  task: string;
  fetchWheel: FetchWheel;
  log: (line: string) => void;
}): Promise<void>;
