import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { defaultCacheDir, locateParts, type Parts } from '../../src/embedded/parts.ts';
import type { QdrantOptions } from '../../src/embedded/qdrant.ts';

/** The parts that set-up brought, or the reason why tests of the embedded Qdrant cannot run here. */
export const parts: Parts | string = (() => {
  try {
    return locateParts(defaultCacheDir(process.env, process.platform, homedir()));
  } catch (error) {
    return error instanceof Error ? error.message : 'no parts';
  }
})();

if (typeof parts === 'string') console.warn(`skipped, the embedded Qdrant is not here: ${parts}`);

export const testKey = 'test-key';

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zebra-qdrant-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** How to start a sidecar over `folder`, on a port that the system chooses. */
export function sidecarOptions(folder: string): QdrantOptions {
  if (typeof parts === 'string') throw new Error(parts);
  const { python, qdrantPythonPath: pythonPath } = parts;
  const logFile = join(folder, 'qdrant.log');
  return { python, pythonPath, dataDir: join(folder, 'qdrant'), port: 0, apiKey: testKey, logFile };
}
