import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const workflowsFolder = fileURLToPath(new URL('../workflows/', import.meta.url));
const domainFolder = fileURLToPath(new URL('../domain/', import.meta.url));
const lockfile = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

/**
 * The workflows as one file for Temporal's sandbox, built once per source and SDK version and kept in the cache folder.
 *
 * @returns absolute path of the bundle
 */
export async function workflowBundle(cacheDir: string): Promise<string> {
  const folder = join(cacheDir, 'bundles');
  const path = join(folder, `workflows-${await sourceHash()}.js`);
  if (existsSync(path)) return path;
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(workflowsFolder, 'index.ts'),
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} },
  });
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.${randomUUID()}`;
  await writeFile(unfinished, code);
  await rename(unfinished, path);
  return path;
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  hash.update(await readFile(lockfile));
  for (const folder of [workflowsFolder, domainFolder]) {
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts')).sort();
    for (const file of files) hash.update(`${file}\n`).update(await readFile(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
