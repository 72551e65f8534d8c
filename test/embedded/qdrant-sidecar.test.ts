import { fork } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { freePorts } from '../../src/embedded/free-ports.ts';
import { type QdrantOptions, type RunningQdrant, startQdrant } from '../../src/embedded/qdrant.ts';
import { call, parts, sidecarOptions, start, temporaryFolder } from '../support/embedded-qdrant.ts';

describe.skipIf(typeof parts === 'string')('the embedded Qdrant', () => {
  const vectors = { vectors: { size: 2, distance: 'Cosine' } };
  const point = (id: number, payload: object = {}) => ({ id, vector: [1, id], payload });

  async function withNotes(qdrant: RunningQdrant): Promise<void> {
    expect((await call(qdrant, 'PUT', '/collections/notes', vectors)).status).toBe(200);
  }

  async function countOf(qdrant: RunningQdrant): Promise<number> {
    return (await call(qdrant, 'POST', '/collections/notes/points/count', {})).body.result.count;
  }

  describe('keeps what it acknowledged', () => {
    test('when it is killed in the middle of writing, and knows its collections and payload indexes again', async () => {
      const folder = temporaryFolder();
      const acknowledged: number[] = [];
      let next = 0;
      for (let round = 0; round < 3; round += 1) {
        const qdrant = await start(folder);
        if (round === 0) {
          await withNotes(qdrant);
          const index = { field_name: 'codes', field_schema: 'keyword' };
          await call(qdrant, 'PUT', '/collections/notes/index?wait=true', index);
        }
        const writer = async (wait: boolean) => {
          for (;;) {
            const ids = Array.from({ length: 20 }, () => (next += 1));
            const points = ids.map((id) => point(id, { codes: [`c${id % 3}`] }));
            const answer = await call(qdrant, 'PUT', `/collections/notes/points?wait=${wait}`, { points });
            if (answer.status === 200) acknowledged.push(...ids);
          }
        };
        const writers = [writer(true), writer(false), writer(false)].map((writing) => writing.catch(() => undefined));
        const enough = acknowledged.length + 1_000;
        while (acknowledged.length < enough) await new Promise((resolve) => setTimeout(resolve, 5));
        process.kill(qdrant.pid ?? 0, 'SIGKILL');
        await Promise.all(writers);
        expect(await qdrant.exited).toMatchObject({ signal: 'SIGKILL' });
      }
      const again = await start(folder);
      const found = await call(again, 'POST', '/collections/notes/points', { ids: acknowledged, with_payload: false });
      expect(found.body.result).toHaveLength(acknowledged.length);
      const facet = await call(again, 'POST', '/collections/notes/facet', { key: 'codes', exact: true });
      expect(facet.body.result.hits).toHaveLength(3);
    });

    test('when it is asked to end by SIGTERM, and when its standard input closes', async () => {
      const folder = temporaryFolder();
      const first = await start(folder);
      await withNotes(first);
      await call(first, 'PUT', '/collections/notes/points', { points: [point(1)] });
      process.kill(first.pid ?? 0, 'SIGTERM');
      expect(await first.exited).toEqual({ code: 0, signal: null });

      const second = await start(folder);
      expect(await countOf(second)).toBe(1);
      await call(second, 'PUT', '/collections/notes/points', { points: [point(2)] });
      await second.stop();
      expect(await second.exited).toEqual({ code: 0, signal: null });

      expect(await countOf(await start(folder))).toBe(2);
    });

    test('and sweeps a collection that was killed before it was acknowledged', async () => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, 'qdrant', 'collections', 'c-half', 'shard'), { recursive: true });
      const qdrant = await start(folder);
      expect((await call(qdrant, 'GET', '/collections')).body.result.collections).toEqual([]);
      expect((await call(qdrant, 'PUT', '/collections/half', vectors)).status).toBe(200);
    });
  });

  describe('ends with its parent', () => {
    test('when the parent is killed', async () => {
      const folder = temporaryFolder();
      const program = fileURLToPath(new URL('../support/qdrant-parent.ts', import.meta.url));
      const parent = fork(program, [JSON.stringify(sidecarOptions(folder))], { stdio: 'ignore' });
      const url = await new Promise<string>((resolve) =>
        parent.once('message', (message) => resolve(message as string)),
      );
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      parent.kill('SIGKILL');
      await expect
        .poll(() => fetch(`${url}/readyz`).catch((error: Error) => (error.cause as NodeJS.ErrnoException).code), {
          timeout: 20_000,
        })
        .toBe('ECONNREFUSED');
      await start(folder);
    });

    test('but not on the Ctrl-C that the whole process group hears', async () => {
      const qdrant = await start(temporaryFolder());
      process.kill(qdrant.pid ?? 0, 'SIGINT');
      expect((await call(qdrant, 'GET', '/collections')).status).toBe(200);
    });
  });

  describe('says why it cannot start', () => {
    const reason = async (options: Partial<QdrantOptions>, folder = temporaryFolder()) =>
      startQdrant({ ...sidecarOptions(folder), ...options }).then(
        () => 'it started',
        (error: Error) => error.message,
      );

    test('another process uses the folder', async () => {
      const folder = temporaryFolder();
      const qdrant = await start(folder);
      expect(await reason({}, folder)).toMatch(/another process uses its data folder .*end that one first/);
      expect((await call(qdrant, 'GET', '/collections')).status).toBe(200);
    });

    test('the port is taken', async () => {
      const qdrant = await start(temporaryFolder());
      const port = Number(new URL(qdrant.url).port);
      expect(await reason({ port })).toContain(`port ${port} on 127.0.0.1 is taken`);
    });

    test('Python is missing', async () => {
      expect(await reason({ python: '/nowhere/python3' })).toMatch(/Python cannot be started .*ENOENT.*npm run setup/);
    });

    test('the engine is missing', async () => {
      expect(await reason({ pythonPath: '/nowhere' })).toMatch(/cannot load the engine from \/nowhere.*npm run setup/);
    });

    test('the data cannot be read', async () => {
      const folder = temporaryFolder();
      const qdrant = await start(folder);
      await withNotes(qdrant);
      await qdrant.stop();
      writeFileSync(join(folder, 'qdrant', 'collections', 'c-notes', 'collection.json'), '{"vec');
      expect(await reason({}, folder)).toMatch(/cannot be read; move it away and run: zebra ingest/);
    });
  });

  test('on a full disk it refuses writes, answers reads, and lets collections go', async () => {
    const folder = temporaryFolder();
    const roomy = await start(folder);
    await withNotes(roomy);
    await call(roomy, 'PUT', '/collections/notes/points?wait=true', { points: [point(1)] });
    await roomy.stop();

    const full = await start(folder, { reserveMb: 2 ** 40 });
    const answer = await call(full, 'PUT', '/collections/notes/points?wait=true', { points: [point(2)] });
    expect(answer.status).toBe(507);
    expect(await countOf(full)).toBe(1);
    expect((await call(full, 'DELETE', '/collections/notes')).body.result).toBe(true);
    expect(readdirSync(join(folder, 'qdrant', 'collections'))).toEqual([]);
  });

  test('chooses a free port of its own when asked for none', async () => {
    const [port] = await freePorts(1);
    expect((await start(temporaryFolder(), { port: port ?? 0 })).url).toBe(`http://127.0.0.1:${port}`);
    expect(Number(new URL((await start(temporaryFolder())).url).port)).toBeGreaterThan(0);
  });
});
