import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createQdrantIndex } from '../../src/adapters/qdrant.ts';
import { QdrantDimensionMismatch } from '../../src/adapters/qdrant-failure.ts';
import { DependencyFailure } from '../../src/domain/failure.ts';
import { freePorts } from '../../src/embedded/free-ports.ts';
import { type RunningQdrant, startQdrant } from '../../src/embedded/qdrant.ts';
import { parts, sidecarOptions, temporaryFolder, testKey } from '../support/embedded-qdrant.ts';
import { createMemoryIndex } from '../support/memory-vector-index.ts';
import { vectorIndexContract } from './vector-index.contract.ts';

const open = { restricted: false, allow: [] };
const vector = Float32Array.of(1, 0, 0, 0);

describe('the in-memory index of the tests', () => {
  vectorIndexContract(async () => createMemoryIndex());
});

const server = { url: process.env['QDRANT_URL'] ?? '', apiKey: process.env['QDRANT_API_KEY'] ?? null };
if (server.url === '') console.warn('skipped, no Qdrant server: QDRANT_URL names none');

describe.skipIf(server.url === '')('the server of QDRANT_URL', () => {
  const made: string[] = [];

  afterAll(async () => {
    const headers = server.apiKey === null ? {} : { 'api-key': server.apiKey };
    const client = new QdrantClient({ url: server.url, headers, checkCompatibility: false });
    for (const collection of made) await client.deleteCollection(collection);
  });

  vectorIndexContract(async () => {
    const collection = `zebra-test-${randomUUID()}`;
    made.push(collection);
    return createQdrantIndex({ ...server, collection, egress: open });
  });
});

describe.skipIf(typeof parts === 'string')('the embedded engine', () => {
  let qdrant: RunningQdrant;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'zebra-qdrant-'));
    qdrant = await startQdrant(sidecarOptions(folder));
  });

  afterAll(async () => {
    await qdrant.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const index = (options: { collection?: string; apiKey?: string | null } = {}) =>
    createQdrantIndex({ url: qdrant.url, apiKey: testKey, collection: randomUUID(), egress: open, ...options });

  vectorIndexContract(async () => index());

  test('says which dimensions do not fit', async () => {
    const made = index();
    await made.ensure(4);
    const mismatch = await made.ensure(384).catch((error: unknown) => error);
    expect(mismatch).toBeInstanceOf(QdrantDimensionMismatch);
    expect(mismatch).toMatchObject({ wanted: 384, found: 4 });
    const refused = await made.nearest(Float32Array.of(1, 2), { limit: 1 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'QdrantDimensionMismatch', wanted: 2, found: 4 });
  });

  test('leaves alone a collection that another program made', async () => {
    const collection = randomUUID();
    const client = new QdrantClient({ url: qdrant.url, headers: { 'api-key': testKey }, checkCompatibility: false });
    await client.createCollection(collection, { vectors: { size: 4, distance: 'Dot' } });
    await expect(index({ collection }).ensure(4)).rejects.toThrow(/another program made it/);
  });

  test('calls a wrong or missing key unauthorized', async () => {
    for (const apiKey of ['wrong', null]) {
      await expect(index({ apiKey }).ensure(4)).rejects.toMatchObject({
        type: 'unauthorized',
        facts: { status: 401, setting: 'qdrant.url' },
      });
    }
  });

  test('calls a missing collection unavailable, and says what makes it', async () => {
    const missing = index({ collection: 'never-made' });
    await expect(missing.count()).rejects.toMatchObject({ type: 'index-unavailable', facts: { status: 404 } });
    await expect(missing.count()).rejects.toThrow(/never-made.*zebra ingest/);
  });

  test('two processes that ensure the same collection at once both get it', async () => {
    const collection = randomUUID();
    await Promise.all(Array.from({ length: 4 }, () => index({ collection }).ensure(4)));
    expect(await index({ collection }).count()).toBe(0);
  });

  test('keeps note ids, chunk numbers and codes in its files, and nothing else that it was near to', async () => {
    const alone = temporaryFolder();
    const own = await startQdrant(sidecarOptions(alone));
    onTestFinished(() => own.stop());
    const made = createQdrantIndex({ url: own.url, apiKey: testKey, collection: 'notes', egress: open });
    await made.ensure(4);
    const canary = 'canary-quetzalcoatl-7731';
    const chunk = { noteId: 'note-in-the-files', chunk: 0, vector, codes: ['icd10cm/dx/E75.21'], text: canary };
    await made.upsert([chunk]);
    const files = readdirSync(alone, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const contents = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    expect(contents.some((content) => content.includes('note-in-the-files'))).toBe(true);
    expect(contents.some((content) => content.includes(canary))).toBe(false);
  });
});

describe('a Qdrant that cannot be used', () => {
  const at = (url: string, egress: { restricted: boolean; allow: string[] } = { restricted: false, allow: [] }) =>
    createQdrantIndex({ url, apiKey: testKey, collection: 'notes', egress });
  const secret = [{ noteId: 'secret-note-id', chunk: 0, vector, codes: ['secret-code'] }];

  async function answering(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
    const server = createServer((request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(status, headers).end(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('is unavailable when nothing listens, and the error names host and setting', async () => {
    const [port] = await freePorts(1);
    const failure = await at(`http://127.0.0.1:${port}`)
      .upsert(secret)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DependencyFailure);
    expect(failure).toMatchObject({
      type: 'index-unavailable',
      facts: { where: `127.0.0.1:${port}`, setting: 'qdrant.url' },
    });
    expect(String(failure)).toContain('ECONNREFUSED');
  });

  test.each([
    [500, 'index-unavailable'],
    [503, 'index-unavailable'],
    [403, 'unauthorized'],
    [429, 'rate-limited'],
    [507, 'disk-full'],
  ])('HTTP %i is %s', async (status, type) => {
    const url = await answering(status, '{"status":{"error":"secret-note-id"}}', {
      'content-type': 'application/json',
    });
    const failure = await at(url)
      .upsert(secret)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ type, facts: { status } });
    expect(String(failure)).not.toContain('secret');
  });

  test('a full disk that a server words itself is a full disk', async () => {
    const body =
      '{"status":{"error":"Service internal error: No space left on device: WAL buffer size exceeds available disk space"}}';
    const url = await answering(500, body, { 'content-type': 'application/json' });
    await expect(at(url).upsert(secret)).rejects.toMatchObject({ type: 'disk-full' });
  });

  test.each([
    ['a refusal that quotes the request', 422, '{"status":{"error":"secret-note-id is wrong"}}'],
    ['an answer cut in the middle', 200, '{"result":{"secret-note-id'],
    ['a page of something else', 200, '<html>secret-note-id</html>'],
  ])('%s is an error that quotes nothing', async (_, status, body) => {
    const url = await answering(status, body, { 'content-type': 'application/json' });
    const failure = await at(url)
      .upsert(secret)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    const { message, stack, cause } = failure as Error;
    expect(`${message}${stack}${String(cause)}`).not.toContain('secret');
  });

  test('a redirect is refused before anything follows it', async () => {
    let reached = false;
    const target = createServer((_, response) => {
      reached = true;
      response.end('{}');
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void target.close());
    const location = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
    const url = await answering(307, '', { location });
    await expect(at(url).upsert(secret)).rejects.toMatchObject({ type: 'egress-refused' });
    expect(reached).toBe(false);
  });

  test('a host that a restricted corpus may not go to is refused, naming host and setting', async () => {
    const index = at('http://qdrant.example:6333', { restricted: true, allow: ['other.example'] });
    await expect(index.upsert(secret)).rejects.toMatchObject({
      type: 'egress-refused',
      facts: { where: 'qdrant.example:6333', setting: 'egress.allow' },
    });
  });

  test('paths of a gateway are kept', async () => {
    let asked = '';
    const server = createServer((request, response) => {
      asked = request.url ?? '';
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":{"count":7},"status":"ok"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const index = at(`http://127.0.0.1:${(server.address() as AddressInfo).port}/vectors/`);
    expect(await index.count()).toBe(7);
    expect(asked).toBe('/vectors/collections/notes/points/count');
  });

  test('an address that is none says so', () => {
    expect(() => at('localhost:6333')).toThrow(/qdrant\.url must begin with http/);
  });
});
