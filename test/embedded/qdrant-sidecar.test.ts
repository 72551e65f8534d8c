import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../src/embedded/free-ports.ts';
import { type QdrantOptions, type RunningQdrant, startQdrant } from '../../src/embedded/qdrant.ts';
import { parts, sidecarOptions, temporaryFolder, testKey } from '../support/embedded-qdrant.ts';

interface RecordedCall {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly request?: unknown;
  readonly status: number;
  readonly response: unknown;
}

const recorded = readFileSync(new URL('../fixtures/qdrant-1.19-recorded.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as RecordedCall);

/** What may differ from one build or one moment to another. */
const freeValues = new Set(['error', 'version', 'operation_id', 'segments_count']);
const freeKeys = new Set(['time', 'commit']);

/** Paths at which two answers differ; numbers may by 1e-4. */
function differences(actual: unknown, expected: unknown, path = ''): string[] {
  if (typeof actual === 'number' && typeof expected === 'number') {
    return Math.abs(actual - expected) <= 1e-4 ? [] : [`${path}: ${actual} instead of ${expected}`];
  }
  if (typeof actual !== 'object' || actual === null || typeof expected !== 'object' || expected === null) {
    return actual === expected ? [] : [`${path}: ${String(actual)} instead of ${String(expected)}`];
  }
  const [left, right] = [actual, expected] as [Record<string, unknown>, Record<string, unknown>];
  if (Array.isArray(left) !== Array.isArray(right)) return [`${path}: a list on one side`];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) => {
    if (freeKeys.has(key)) return [];
    if (!(key in left && key in right)) return [`${path}/${key}: on one side only`];
    if (freeValues.has(key)) return typeof left[key] === typeof right[key] ? [] : [`${path}/${key}: another type`];
    return differences(left[key], right[key], `${path}/${key}`);
  });
}

describe.skipIf(typeof parts === 'string')('the embedded Qdrant', () => {
  async function start(folder: string, options: Partial<QdrantOptions> = {}): Promise<RunningQdrant> {
    const qdrant = await startQdrant({ ...sidecarOptions(folder), ...options });
    onTestFinished(() => qdrant.stop());
    return qdrant;
  }

  async function call(
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

  const vectors = { vectors: { size: 2, distance: 'Cosine' } };
  const point = (id: number, payload: object = {}) => ({ id, vector: [1, id], payload });

  async function withNotes(qdrant: RunningQdrant): Promise<void> {
    expect((await call(qdrant, 'PUT', '/collections/notes', vectors)).status).toBe(200);
  }

  async function countOf(qdrant: RunningQdrant): Promise<number> {
    return (await call(qdrant, 'POST', '/collections/notes/points/count', {})).body.result.count;
  }

  test('answers the calls recorded from a Qdrant 1.19 server with the same status, shape and ranking', async () => {
    const qdrant = await start(temporaryFolder());
    expect(recorded).toHaveLength(84);
    for (const { name, method, path, request: sent, status, response } of recorded) {
      const answer = await call(qdrant, method, path, sent);
      expect({ name, status: answer.status }).toEqual({ name, status });
      expect({ name, differences: differences(answer.body, response) }).toEqual({ name, differences: [] });
    }
  });

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
      const url = await new Promise<string>((resolve) => parent.once('message', (message) => resolve(String(message))));
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

  describe('lets in nobody else', () => {
    test('without the key, or with another', async () => {
      const qdrant = await start(temporaryFolder());
      for (const headers of [{}, { 'api-key': 'wrong' }, { 'api-key': '' }, { 'api-key': `${testKey}x` }]) {
        expect((await call(qdrant, 'GET', '/collections', undefined, headers as Record<string, string>)).status).toBe(
          401,
        );
        const put = await call(qdrant, 'PUT', '/collections/x', vectors, headers as Record<string, string>);
        expect(put.status).toBe(401);
      }
      const bearer = { authorization: `Bearer ${testKey}` };
      expect((await call(qdrant, 'GET', '/collections', undefined, bearer)).status).toBe(200);
    });

    test('who comes under a foreign host name, as a rebound web page does', async () => {
      const qdrant = await start(temporaryFolder());
      const status = await new Promise((resolve, reject) => {
        const headers = { host: 'evil.example', 'api-key': testKey };
        request(`${qdrant.url}/collections`, { headers }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
      expect(status).toBe(403);
    });

    test('from the network', async () => {
      const outside = Object.values(networkInterfaces())
        .flat()
        .find((one) => one?.family === 'IPv4' && !one.internal);
      if (outside === undefined) return;
      const qdrant = await start(temporaryFolder());
      const outcome = await new Promise((resolve) => {
        const socket = connect(Number(new URL(qdrant.url).port), outside.address);
        socket.once('connect', () => resolve('connected')).once('error', () => resolve('refused'));
        onTestFinished(() => void socket.destroy());
      });
      expect(outcome).toBe('refused');
    });

    test('and tells its key to nobody: not in its arguments, nor in its log', async () => {
      const folder = temporaryFolder();
      const apiKey = 'key-canary-90210';
      const qdrant = await start(folder, { apiKey });
      const commandLine = `/proc/${qdrant.pid}/cmdline`;
      if (existsSync(commandLine)) expect(readFileSync(commandLine, 'utf8')).not.toContain(apiKey);
      await call(qdrant, 'GET', '/collections');
      expect(readFileSync(join(folder, 'qdrant.log'), 'utf8')).not.toContain(apiKey);
    });
  });

  describe('refuses bad input without quoting it, and goes on', () => {
    test.each([
      ['a vector with NaN', '{"points":[{"id":1,"vector":[1,0]},{"id":2,"vector":[NaN,0],"payload":{"a":"canary"}}]}'],
      ['a vector with Infinity', '{"points":[{"id":1,"vector":[1,0]},{"id":2,"vector":[-Infinity,0]}]}'],
      ['a vector beyond any float', '{"points":[{"id":1,"vector":[1,0]},{"id":2,"vector":[1e999,0]}]}'],
      ['a vector beyond 32 bits', '{"points":[{"id":1,"vector":[1,0]},{"id":2,"vector":[1e39,0]}]}'],
      ['a vector with null', '{"points":[{"id":1,"vector":[1,0]},{"id":2,"vector":[null,0]}]}'],
      ['a vector with true', '{"points":[{"id":1,"vector":[1,0]},{"id":2,"vector":[true,0]}]}'],
      [
        'a misfit at the end',
        '{"points":[{"id":1,"vector":[1,0]},{"id":2,"vector":[1,0,0],"payload":{"a":"canary"}}]}',
      ],
      ['half a surrogate pair', '{"points":[{"id":1,"vector":[1,0],"payload":{"a":"canary\\ud800"}}]}'],
      ['JSON cut short', '{"points":[{"id":1,"vector":[1,0],"payload":{"a":"canary"'],
      ['JSON too deep', `{"points":${'['.repeat(100_000)}`],
      ['a list for a body', '["canary"]'],
      ['a payload that is text', '{"points":[{"id":1,"vector":[1,0],"payload":"canary"}]}'],
    ])('%s', async (_, body) => {
      const folder = temporaryFolder();
      const qdrant = await start(folder);
      await withNotes(qdrant);
      const answer = await call(qdrant, 'PUT', '/collections/notes/points?wait=true', body);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).not.toContain('canary');
      expect(await countOf(qdrant)).toBe(0);
      expect(readFileSync(join(folder, 'qdrant.log'), 'utf8')).toBe('');
    });

    test('a body larger than servers take', async () => {
      const qdrant = await start(temporaryFolder());
      await withNotes(qdrant);
      const large = JSON.stringify({ points: [], filler: 'x'.repeat(33 * 1024 * 1024) });
      expect((await call(qdrant, 'PUT', '/collections/notes/points', large)).status).toBe(413);
      expect(await countOf(qdrant)).toBe(0);
    });

    test('a collection name that is a path', async () => {
      const folder = temporaryFolder();
      const qdrant = await start(folder);
      expect((await call(qdrant, 'PUT', '/collections/..%2F..%2Fescaped', vectors)).status).toBe(422);
      expect(readdirSync(join(folder, 'qdrant', 'collections'))).toEqual([]);
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

  test('keeps collections apart', async () => {
    const qdrant = await start(temporaryFolder());
    await withNotes(qdrant);
    await call(qdrant, 'PUT', '/collections/cards', { vectors: { size: 3, distance: 'Dot' } });
    await call(qdrant, 'PUT', '/collections/notes/points?wait=true', { points: [point(1)] });
    await call(qdrant, 'DELETE', '/collections/cards');
    expect(await countOf(qdrant)).toBe(1);
    expect((await call(qdrant, 'POST', '/collections/cards/points/count', {})).status).toBe(404);
  });

  test('chooses a free port of its own when asked for none', async () => {
    const [port] = await freePorts(1);
    expect((await start(temporaryFolder(), { port: port ?? 0 })).url).toBe(`http://127.0.0.1:${port}`);
    expect(Number(new URL((await start(temporaryFolder())).url).port)).toBeGreaterThan(0);
  });
});
