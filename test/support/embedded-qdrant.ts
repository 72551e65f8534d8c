import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { locateParts, type Parts } from '../../src/embedded/parts.ts';
import { defaultCacheDir } from '../../setup/layout.mjs';
import { type QdrantOptions, type RunningQdrant, startQdrant } from '../../src/embedded/qdrant.ts';

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

/** A sidecar that is stopped when the test ends. */
export async function start(folder: string, options: Partial<QdrantOptions> = {}): Promise<RunningQdrant> {
  const qdrant = await startQdrant({ ...sidecarOptions(folder), ...options });
  onTestFinished(() => qdrant.stop());
  return qdrant;
}

/** One REST call with the right key, unless `headers` say otherwise; a string body is sent as it is. */
export async function call(
  { url }: RunningQdrant,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { 'api-key': testKey },
): Promise<{ status: number; body: any }> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}${path}`, { method, headers, ...(text === undefined ? {} : { body: text }) });
  const answer = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, body: json ? JSON.parse(answer) : answer };
}
