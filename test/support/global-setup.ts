import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { workflowBundle } from '../../src/adapters/workflow-bundle.ts';
import { freePorts } from '../../src/embedded/free-ports.ts';
import { locateParts } from '../../src/embedded/parts.ts';
import { defaultCacheDir } from '../../setup/layout.mjs';
import { startTemporalServer } from '../../src/embedded/temporal.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the Temporal server that all test files share. */
    temporalAddress: string;
    /** Path of the prebuilt workflow bundle. */
    workflowBundle: string;
  }
}

/** One real Temporal server and one workflow bundle for the whole suite. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cacheDir = defaultCacheDir(process.env, process.platform, homedir());
  const { temporal } = locateParts(cacheDir);
  if (temporal === null) throw new Error('the suite needs a Temporal server; set-up has none for this platform');
  const folder = await mkdtemp(join(tmpdir(), 'zebra-test-temporal-'));
  const [port, uiPort] = (await freePorts(2)) as [number, number];
  const server = await startTemporalServer({
    binary: temporal,
    database: join(folder, 'temporal.db'),
    port,
    uiPort,
    logFile: join(folder, 'temporal.log'),
  });
  project.provide('temporalAddress', `127.0.0.1:${port}`);
  project.provide('workflowBundle', await workflowBundle(cacheDir));
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
