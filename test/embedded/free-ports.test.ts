import { createServer, type Server } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { homedir, tmpdir } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePorts, onFreePorts } from '../../src/embedded/free-ports.ts';
import { locateParts } from '../../src/embedded/parts.ts';
import { defaultCacheDir } from '../../setup/layout.mjs';
import { startTemporalServer } from '../../src/embedded/temporal.ts';

/** Takes a port, as any other program may. */
async function grab(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return server;
}

test('ports chosen together are free and distinct', async () => {
  const ports = await freePorts(5);
  expect(new Set(ports).size).toBe(5);
  for (const port of ports) await grab(port);
});

describe('a start on chosen ports', () => {
  test('that fails because a port was taken meanwhile is tried on others', async () => {
    const tried: number[] = [];
    const answer = await onFreePorts(1, async ([port = 0]) => {
      tried.push(port);
      if (tried.length < 3) await grab(port);
      await grab(port);
      return port;
    });
    expect(tried).toHaveLength(3);
    expect(answer).toBe(tried[2]);
  });

  test('that fails though its ports are free fails at once', async () => {
    let tries = 0;
    const start = onFreePorts(2, async () => {
      tries += 1;
      throw new Error('another reason');
    });
    await expect(start).rejects.toThrow('another reason');
    expect(tries).toBe(1);
  });

  test('is given up when every choice is taken', async () => {
    const start = onFreePorts(1, async ([port = 0]) => {
      await grab(port);
      throw new Error('taken');
    });
    await expect(start).rejects.toThrow('taken');
  });

  test('brings the embedded Temporal up although its first port was taken', async () => {
    const { temporal } = locateParts(defaultCacheDir(process.env, process.platform, homedir()));
    const folder = mkdtempSync(join(tmpdir(), 'zebra-ports-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    let tries = 0;
    const server = await onFreePorts(2, async ([port = 0, uiPort = 0]) => {
      tries += 1;
      if (tries === 1) await grab(port);
      return startTemporalServer({
        binary: temporal ?? '',
        database: join(folder, 'temporal.db'),
        port,
        uiPort,
        logFile: join(folder, 'temporal.log'),
      });
    });
    await server.stop();
    expect(tries).toBe(2);
  });
});
