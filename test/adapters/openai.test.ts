import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { WriteRequest } from '../../src/activities/ports.ts';
import { retryAfter } from '../../src/adapters/endpoint-failure.ts';
import { createEndpointWriter } from '../../src/adapters/openai.ts';
import type { EndpointWriterOptions } from '../../src/adapters/openai.ts';
import { DependencyFailure } from '../../src/domain/failure.ts';
import type { FailureType } from '../../src/domain/failure.ts';
import { startEndpoint } from '../support/endpoint.ts';
import type { Endpoint, EndpointSettings, Fault } from '../support/endpoint.ts';

const CANARY = 'zanzibar-heliotrope patient text';
const open: Endpoint[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
});

async function serve(settings: EndpointSettings = {}): Promise<Endpoint> {
  const endpoint = await startEndpoint(settings);
  open.push(endpoint);
  return endpoint;
}

function writerAt(baseUrl: string, options: Partial<EndpointWriterOptions> = {}) {
  return createEndpointWriter({
    baseUrl,
    model: 'test-model',
    apiKey: null,
    concurrency: 8,
    requestsPerMinute: null,
    tokensPerMinute: null,
    price: { input: 0, output: 0 },
    timeoutMs: 10_000,
    egress: { restricted: true, allow: [] },
    ...options,
  });
}

const request = (extra = ''): WriteRequest => ({
  messages: [
    { role: 'system', content: 'You write notes.' },
    {
      role: 'user',
      content: `Write about 150 words.\n- E75.21 Fabry disease\n- I10 Essential hypertension\n${CANARY} ${extra}`,
    },
  ],
  maxTokens: 500,
  temperature: 0.8,
  seed: 7,
  facts: {
    set: {
      ordinal: 1,
      codes: [],
      strategy: 'clone',
      anchor: 'a',
      rung: null,
      sibling: null,
      dropped: [],
      sex: null,
      age: null,
      examples: [],
    },
    cards: [],
    words: 150,
  },
});

const turn = () => ({ signal: new AbortController().signal, onOpen: async () => undefined });

async function failureOf(promise: Promise<unknown>): Promise<DependencyFailure> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DependencyFailure);
  return error as DependencyFailure;
}

describe('a call to an endpoint', () => {
  test('answers with text, usage and model', async () => {
    const endpoint = await serve();
    const reply = await writerAt(endpoint.url).write(request(), turn());
    expect(reply.text).toContain('Fabry disease');
    expect(reply).toMatchObject({ model: 'test-model', finishReason: 'stop' });
    expect(reply.inputTokens).toBeGreaterThan(10);
    expect(reply.outputTokens).toBeGreaterThan(100);
  });

  test('says when the reply was cut by its length limit', async () => {
    const endpoint = await serve({ next: ['length'] });
    expect((await writerAt(endpoint.url).write(request(), turn())).finishReason).toBe('length');
  });

  const ladder: readonly [Fault, FailureType, number | undefined][] = [
    ['rate-limited', 'rate-limited', 429],
    ['server-error', 'endpoint-unavailable', 500],
    ['reset', 'endpoint-unavailable', undefined],
    ['truncated', 'reply-cut', undefined],
    ['not-json', 'reply-cut', undefined],
    ['empty', 'reply-empty', undefined],
    ['no-choices', 'reply-empty', undefined],
    ['hang', 'endpoint-timeout', undefined],
    ['context-length', 'context-length', 400],
    ['refused', 'request-refused', 400],
    ['forbidden', 'unauthorized', 403],
    ['redirect', 'egress-refused', 307],
  ];
  test.each(ladder)(
    'that meets %s fails as %s, once, without a word of prompt or reply',
    async (fault, type, status) => {
      const endpoint = await serve({ next: [fault] });
      const failure = await failureOf(writerAt(endpoint.url, { timeoutMs: 400 }).write(request(), turn()));
      expect(failure.type).toBe(type);
      expect(failure.facts.status).toBe(status);
      expect(failure.facts.where).toBe(`127.0.0.1:${endpoint.port}`);
      const everything = `${failure.message} ${failure.stack} ${JSON.stringify(failure.facts)} ${String(failure.cause)}`;
      expect(everything).not.toMatch(/zanzibar|Fabry|hypertension/);
      expect(endpoint.stats().calls).toBe(1);
    },
  );

  test('fails as endpoint-unavailable when nothing listens', async () => {
    const endpoint = await serve();
    await endpoint.close();
    const failure = await failureOf(writerAt(endpoint.url).write(request(), turn()));
    expect(failure.type).toBe('endpoint-unavailable');
    expect(failure.message).toContain('nothing listens there');
  });

  test('fails as unauthorized with a wrong key and passes with the right one', async () => {
    const endpoint = await serve({ apiKey: 'right' });
    expect((await failureOf(writerAt(endpoint.url, { apiKey: 'wrong' }).write(request(), turn()))).facts).toMatchObject(
      {
        status: 401,
        setting: 'llm.apiKeyEnv',
      },
    );
    await expect(writerAt(endpoint.url, { apiKey: ' right\n' }).write(request(), turn())).resolves.toBeDefined();
  });

  test('fails as model-unknown when the endpoint has no such model', async () => {
    const endpoint = await serve({ models: ['another'] });
    expect((await failureOf(writerAt(endpoint.url).write(request(), turn()))).type).toBe('model-unknown');
  });

  test('carries the time that a 429 asks to wait', async () => {
    const endpoint = await serve({ next: ['rate-limited'], retryAfter: '2.5' });
    expect((await failureOf(writerAt(endpoint.url).write(request(), turn()))).facts.retryAfterMs).toBe(2500);
  });

  test('estimates tokens where the endpoint counts none', async () => {
    const bare = async (): Promise<Response> =>
      new Response(JSON.stringify({ choices: [{ message: { content: 'A note.' }, finish_reason: 'stop' }] }));
    const writer = writerAt('http://127.0.0.1:1/v1', { fetch: bare as typeof fetch });
    const reply = await writer.write(request(), turn());
    expect(reply.outputTokens).toBe(writer.countTokens('A note.'));
    expect(reply.inputTokens).toBeGreaterThan(20);
  });

  test('ends with the reason of its signal when it is aborted in flight', async () => {
    const endpoint = await serve({ latency: 60_000 });
    const controller = new AbortController();
    const call = writerAt(endpoint.url).write(request(), {
      signal: controller.signal,
      onOpen: async () => void setTimeout(() => controller.abort(new Error('stopped here')), 50),
    });
    await expect(call).rejects.toThrow('stopped here');
  });
});

describe('what a call waits for', () => {
  test('no more calls are in flight than concurrency allows', async () => {
    const endpoint = await serve({ latency: 15 });
    const writer = writerAt(endpoint.url, { concurrency: 4 });
    await Promise.all(Array.from({ length: 24 }, (_, index) => writer.write(request(String(index)), turn())));
    expect(endpoint.stats()).toMatchObject({ calls: 24, mostInFlight: 4 });
  });

  test('256 calls at once are all in flight and all answered', async () => {
    const endpoint = await serve({ latency: 1_500 });
    const writer = writerAt(endpoint.url, { concurrency: 256, timeoutMs: 60_000 });
    const replies = await Promise.all(
      Array.from({ length: 256 }, (_, index) => writer.write(request(String(index)), turn())),
    );
    expect(replies).toHaveLength(256);
    expect(endpoint.stats().mostInFlight).toBe(256);
  });

  test('nothing is sent when opening is refused, and the slot is free again', async () => {
    const endpoint = await serve();
    const writer = writerAt(endpoint.url, { concurrency: 1 });
    const refused = writer.write(request(), {
      signal: new AbortController().signal,
      onOpen: () => Promise.reject(new Error('budget')),
    });
    await expect(refused).rejects.toThrow('budget');
    expect(endpoint.stats().calls).toBe(0);
    await expect(writer.write(request(), turn())).resolves.toBeDefined();
  });

  test('a call that is aborted while it waits never opens', async () => {
    const endpoint = await serve({ latency: 100 });
    const writer = writerAt(endpoint.url, { concurrency: 1 });
    const first = writer.write(request('1'), turn());
    const controller = new AbortController();
    let opened = false;
    const second = writer.write(request('2'), { signal: controller.signal, onOpen: async () => void (opened = true) });
    controller.abort(new Error('paused'));
    await expect(second).rejects.toThrow('paused');
    await first;
    expect(opened).toBe(false);
    expect(endpoint.stats().calls).toBe(1);
  });
});

describe('where text may go', () => {
  test('a restricted corpus is refused at construction for a host that is not allowed', () => {
    expect(() => writerAt('https://api.example.org/v1')).toThrow(
      expect.objectContaining({
        type: 'egress-refused',
        facts: { where: 'api.example.org:443', setting: 'egress.allow' },
      }),
    );
  });

  test('a host that is struck from the list later is refused before a byte is sent', async () => {
    const allow = ['api.example.org'];
    let sent = 0;
    const fetch = (async () => {
      sent += 1;
      return new Response('{}');
    }) as unknown as typeof globalThis.fetch;
    const writer = writerAt('https://api.example.org/v1', { egress: { restricted: true, allow }, fetch });
    allow.pop();
    expect((await failureOf(writer.write(request(), turn()))).type).toBe('egress-refused');
    expect((await failureOf(writer.probe())).type).toBe('egress-refused');
    expect(sent).toBe(0);
  });
});

describe('a probe', () => {
  test('passes, and takes the context from the model list', async () => {
    const endpoint = await serve({ contextTokens: 32_768 });
    const writer = writerAt(endpoint.url);
    expect(writer.contextTokens).toBe(8192);
    await writer.probe();
    expect(writer.contextTokens).toBe(32_768);
    expect(endpoint.stats().calls).toBe(0);
  });

  test('names what the endpoint serves when the model is unknown', async () => {
    const endpoint = await serve({ models: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] });
    const failure = await failureOf(writerAt(endpoint.url).probe());
    expect(failure.type).toBe('model-unknown');
    expect(failure.message).toContain('it serves a, b, c, d, e and 2 more');
  });

  test('asks for one token where there is no list', async () => {
    const endpoint = await serve({ models: null });
    await writerAt(endpoint.url).probe();
    expect(endpoint.stats().calls).toBe(1);
  });

  test('tells a wrong key, an endpoint that is down, and one that never answers', async () => {
    const endpoint = await serve({ apiKey: 'right' });
    expect((await failureOf(writerAt(endpoint.url, { apiKey: 'wrong' }).probe())).type).toBe('unauthorized');
    await endpoint.close();
    expect((await failureOf(writerAt(endpoint.url).probe())).type).toBe('endpoint-unavailable');

    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1`;
    expect((await failureOf(writerAt(url, { timeoutMs: 300 }).probe())).type).toBe('endpoint-timeout');
    silent.close();
  });

  test('refuses a key that holds characters no key has, without showing it', () => {
    expect(() => writerAt('http://127.0.0.1:1/v1', { apiKey: 'sk-sécret\u0007' })).toThrow(
      expect.objectContaining({ type: 'unauthorized', message: expect.not.stringContaining('cret') as string }),
    );
  });
});

describe('the time to wait', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  test.each([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after-ms': '120', 'retry-after': '1' }, 120],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:10 GMT' }, 10_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ])('is read from %j', (headers, expected) => {
    expect(retryAfter(new Headers(headers as Record<string, string>), now)).toBe(expected);
  });
});
