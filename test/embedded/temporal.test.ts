import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../src/embedded/free-ports.ts';
import type { RunningPart } from '../../src/embedded/part.ts';
import { locateParts } from '../../src/embedded/parts.ts';
import { defaultCacheDir } from '../../setup/layout.mjs';
import { startTemporalServer, type TemporalServerOptions } from '../../src/embedded/temporal.ts';
import { descendants, killHard, processesWith } from '../support/processes.ts';

const { temporal } = locateParts(defaultCacheDir(process.env, process.platform, homedir()));

let options: TemporalServerOptions;
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zebra-temporal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [port, uiPort] = (await freePorts(2)) as [number, number];
  options = {
    binary: temporal ?? '',
    database: join(folder, 'temporal.db'),
    port,
    uiPort,
    logFile: join(folder, 'temporal.log'),
  };
});

async function start(changes: Partial<TemporalServerOptions> = {}): Promise<RunningPart> {
  const server = await startTemporalServer({ ...options, ...changes });
  onTestFinished(() => server.stop());
  return server;
}

async function withClient<R>(use: (client: Client) => Promise<R>): Promise<R> {
  const connection = await Connection.connect({ address: `127.0.0.1:${options.port}` });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

describe.skipIf(temporal === null)('the embedded Temporal server', () => {
  test('answers on loopback when its start resolves, keeps histories for thirty days, and is gone when its stop does', async () => {
    const server = await start();
    const { config } = await withClient((client) => client.workflowService.describeNamespace({ namespace: 'default' }));
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3_600);
    await server.stop();
    expect(processesWith(options.database)).toEqual([]);
  });

  test('killed at any moment, knows its workflows again when it is started on the same file', async () => {
    const server = await start();
    await withClient((client) =>
      client.workflow.start('anything', { workflowId: 'kept', taskQueue: 'nobody', args: ['a reference'] }),
    );
    for (const { pid, command } of descendants(server.pid ?? 0)) if (command.includes('start-dev')) killHard(pid);
    expect(await server.exited).toEqual({ code: 1, signal: null });

    await start();
    const { status } = await withClient((client) => client.workflow.getHandle('kept').describe());
    expect(status.name).toBe('RUNNING');
  });

  test('dies with its keeper', async () => {
    const server = await start();
    killHard(server.pid ?? 0);
    await expect.poll(() => processesWith(options.database), { timeout: 10_000 }).toEqual([]);
  });

  test('that cannot start says where its words are', async () => {
    const taken = createServer().listen(options.port, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await expect(start()).rejects.toMatchObject({
      type: 'endpoint-unavailable',
      message: expect.stringContaining(options.logFile),
    });
    expect(readFileSync(options.logFile, 'utf8')).toContain(String(options.port));
    expect(statSync(options.logFile).mode & 0o777).toBe(0o600);
    expect(processesWith(options.database)).toEqual([]);
  });

  test('whose program is not there fails at once', async () => {
    await expect(start({ binary: '/no/such/temporal' })).rejects.toMatchObject({ type: 'endpoint-unavailable' });
  });
});
