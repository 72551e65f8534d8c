import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { QdrantClient } from '@qdrant/js-client-rest';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunningQdrant } from '../../src/embedded/qdrant.ts';
import { call, parts, start, temporaryFolder, testKey } from '../support/embedded-qdrant.ts';

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

describe.skipIf(typeof parts === 'string')('the REST interface of the embedded Qdrant', () => {
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

  test('serves the methods of the unmodified JavaScript client', async () => {
    const { url } = await start(temporaryFolder());
    const client = new QdrantClient({ url, headers: { 'api-key': testKey } });
    expect((await client.versionInfo()).version).toMatch(/^1\.19\./);
    expect(await client.createCollection('notes', { vectors: { size: 2, distance: 'Cosine' } })).toBe(true);
    await client.createPayloadIndex('notes', { field_name: 'codes', field_schema: 'keyword', wait: true });
    const points = [
      { id: 1, vector: [1, 0], payload: { codes: ['a'] } },
      { id: 2, vector: [1, 1], payload: { codes: ['a', 'b'] } },
      { id: 3, vector: [0, 1], payload: { codes: ['b'] } },
    ];
    expect((await client.upsert('notes', { wait: true, points })).status).toBe('completed');
    expect((await client.getCollection('notes')).points_count).toBe(3);
    expect((await client.getCollection('notes')).payload_schema['codes']?.data_type).toBe('keyword');
    const carryingB = { must: [{ key: 'codes', match: { value: 'b' } }] };
    const near = await client.query('notes', { query: [1, 0], filter: carryingB, with_payload: true });
    expect(near.points.map(({ id, payload }) => [id, payload?.['codes']])).toEqual([
      [2, ['a', 'b']],
      [3, ['b']],
    ]);
    const batch = await client.queryBatch('notes', {
      searches: [
        { query: [1, 0], limit: 1 },
        { query: 3, limit: 1 },
      ],
    });
    expect(batch.map((one) => one.points.map(({ id }) => id))).toEqual([[1], [2]]);
    expect((await client.scroll('notes', { limit: 2 })).next_page_offset).toBe(3);
    expect((await client.count('notes', { filter: carryingB })).count).toBe(2);
    expect((await client.facet('notes', { key: 'codes' })).hits).toHaveLength(2);
    await client.setPayload('notes', { payload: { seen: true }, points: [1], wait: true });
    await client.overwritePayload('notes', { payload: { only: 1 }, points: [2], wait: true });
    await client.clearPayload('notes', { points: [3], wait: true });
    const [first, second, third] = await client.retrieve('notes', { ids: [1, 2, 3] });
    expect(first?.payload).toEqual({ codes: ['a'], seen: true });
    expect(second?.payload).toEqual({ only: 1 });
    expect(third?.payload).toEqual({});
    await client.deletePayload('notes', { keys: ['seen'], filter: { must: [{ has_id: [1] }] }, wait: true });
    expect((await client.retrieve('notes', { ids: [1] }))[0]?.payload).toEqual({ codes: ['a'] });
    await client.deletePayloadIndex('notes', 'codes', { wait: true });
    await client.delete('notes', { points: [1], wait: true });
    expect((await client.count('notes')).count).toBe(2);
    expect((await client.collectionExists('notes')).exists).toBe(true);
    expect(await client.deleteCollection('notes')).toBe(true);
    expect((await client.getCollections()).collections).toEqual([]);
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
      const { stdout: commandLine } = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(qdrant.pid)]);
      expect(commandLine).toContain('sidecar.py');
      expect(commandLine).not.toContain(apiKey);
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

  test('keeps collections apart', async () => {
    const qdrant = await start(temporaryFolder());
    await withNotes(qdrant);
    await call(qdrant, 'PUT', '/collections/cards', { vectors: { size: 3, distance: 'Dot' } });
    await call(qdrant, 'PUT', '/collections/notes/points?wait=true', { points: [point(1)] });
    await call(qdrant, 'DELETE', '/collections/cards');
    expect(await countOf(qdrant)).toBe(1);
    expect((await call(qdrant, 'POST', '/collections/cards/points/count', {})).status).toBe(404);
  });
});
