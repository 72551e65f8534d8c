import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OTHER_LANGUAGE, readPrompt, writeNote } from './endpoint-note.ts';
import type { Message, ReadPrompt } from './endpoint-note.ts';

/** What the endpoint can do wrong to a call. The last four are notes that a gate should reject; prompts with reasons never meet them. */
export const FAULTS = [
  'rate-limited', // 429 with Retry-After
  'server-error', // 500 whose body echoes the prompt
  'reset', // the connection is torn down before any answer
  'truncated', // 200, and the connection ends inside the body
  'not-json', // 200 with a body that is no JSON and echoes the prompt
  'empty', // a choice without text
  'no-choices',
  'hang', // no answer until the client gives up
  'context-length', // 400
  'refused', // 400 whose body echoes the prompt
  'forbidden', // 403
  'redirect', // 307 to elsewhere
  'length', // finish_reason length, the note cut short
  'language',
  'missing', // the last code of the list (or the only one) is left out
  'codes', // prints the codes
  'copy', // holds a long line of the prompt
] as const;
export type Fault = (typeof FAULTS)[number];
const noteFaults: ReadonlySet<Fault> = new Set(['length', 'language', 'missing', 'codes', 'copy']);

export interface EndpointSettings {
  /** Milliseconds before an answer; with `sigma`, the median of a log-normal. */
  latency?: number;
  sigma?: number;
  /** Share of calls, 0 to 1, that meet each fault; drawn by seed, prompt and how often the prompt came. */
  faults?: Partial<Record<Fault, number>>;
  /** Faults that the next calls meet, in order, before anything else is drawn. */
  next?: Fault[];
  retryAfter?: string;
  /** Until this time (milliseconds since the epoch) every connection is torn down. */
  outageUntil?: number;
  apiKey?: string | null;
  models?: readonly string[] | null;
  contextTokens?: number | null;
  seed?: number;
  /** Is handed the body of every request but those for the model list; only for an endpoint in the test's own process. */
  onRequest?: (body: string) => void;
}

export interface Endpoint {
  /** Base address for a client, ending in `/v1`. */
  readonly url: string;
  readonly port: number;
  readonly settings: EndpointSettings;
  stats(): EndpointStats;
  close(): Promise<void>;
}

export interface EndpointStats {
  readonly calls: number;
  readonly answered: number;
  readonly aborted: number;
  readonly mostInFlight: number;
  /** Calls per prompt hash. */
  readonly perPrompt: Record<string, number>;
}

/** An OpenAI-compatible endpoint for tests. `log` names a file that gets a JSON line per call and answer: hashes and times, no text. */
export async function startEndpoint(
  initial: EndpointSettings = {},
  port = 0,
  log: string | null = null,
): Promise<Endpoint> {
  const settings: EndpointSettings = { ...initial };
  const perPrompt = new Map<string, number>();
  const counts = { calls: 0, answered: 0, aborted: 0, inFlight: 0, mostInFlight: 0 };
  const lines = log === null ? null : createWriteStream(log, { flags: 'a' });
  const stats = (): EndpointStats => ({
    calls: counts.calls,
    answered: counts.answered,
    aborted: counts.aborted,
    mostInFlight: counts.mostInFlight,
    perPrompt: Object.fromEntries(perPrompt),
  });

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => route(request, response, Buffer.concat(chunks).toString('utf8')));
  });

  function route(request: IncomingMessage, response: ServerResponse, body: string): void {
    const path = request.url ?? '';
    if (path === '/__control') {
      Object.assign(settings, JSON.parse(body));
      return json(response, 200, settings);
    }
    if (path === '/__stats') return json(response, 200, stats());
    if (Date.now() < (settings.outageUntil ?? 0)) return void request.socket.destroy();
    if (settings.apiKey != null && request.headers.authorization !== `Bearer ${settings.apiKey}`) {
      return json(response, 401, { error: { message: 'Incorrect API key provided', code: 'invalid_api_key' } });
    }
    if (path === '/v1/models') return models(response);
    settings.onRequest?.(body);
    const input = JSON.parse(body) as { model: string; messages: Message[]; input: string[]; seed?: number };
    if (settings.models != null && !settings.models.includes(input.model)) {
      return json(response, 404, {
        error: { message: `The model ${input.model} does not exist`, code: 'model_not_found' },
      });
    }
    if (path === '/v1/embeddings') return embeddings(response, input);
    if (path !== '/v1/chat/completions') return json(response, 404, { error: { message: 'no such path' } });
    complete(request, response, input);
  }

  function models(response: ServerResponse): void {
    if (settings.models === null) return json(response, 404, { error: { message: 'no list' } });
    const context = settings.contextTokens == null ? {} : { max_model_len: settings.contextTokens };
    const data = (settings.models ?? ['test-model']).map((id) => ({ id, object: 'model', ...context }));
    json(response, 200, { object: 'list', data });
  }

  function complete(
    request: IncomingMessage,
    response: ServerResponse,
    { model, messages, seed }: { model: string; messages: Message[]; seed?: number },
  ): void {
    const prompt = readPrompt(messages);
    const nth = (perPrompt.get(prompt.hash) ?? 0) + 1;
    perPrompt.set(prompt.hash, nth);
    counts.calls += 1;
    counts.inFlight += 1;
    counts.mostInFlight = Math.max(counts.mostInFlight, counts.inFlight);
    const random = randomFrom(`${settings.seed ?? 0} ${prompt.hash} ${seed ?? 0} ${nth}`);
    const fault = drawFault(settings, prompt, random);
    const record = (event: string): void => {
      lines?.write(`${JSON.stringify({ event, prompt: prompt.hash, nth, at: Date.now(), fault })}\n`);
    };
    record('call');
    const settle = (outcome: 'answered' | 'aborted'): void => {
      response.off('finish', onFinish).off('close', onClose);
      counts.inFlight -= 1;
      counts[outcome] += 1;
      record(outcome);
    };
    const onFinish = (): void => settle('answered');
    const onClose = (): void => settle('aborted');
    response.once('finish', onFinish).once('close', onClose);
    const wait = latency(settings, random);
    const answer = (): void => answerCall(request, response, { model, prompt, fault, random, settings });
    if (wait > 0) setTimeout(answer, wait);
    else answer();
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', 4096, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}/v1`,
    port: bound,
    settings,
    stats,
    close: () =>
      new Promise((resolve) => {
        lines?.end();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function drawFault(settings: EndpointSettings, prompt: ReadPrompt, random: () => number): Fault | null {
  const queued = settings.next?.shift();
  if (queued !== undefined) return queued;
  let draw = random();
  for (const [fault, share] of Object.entries(settings.faults ?? {}) as [Fault, number][]) {
    draw -= share;
    if (draw < 0) return prompt.repair && noteFaults.has(fault) ? null : fault;
  }
  return null;
}

function latency({ latency: median = 0, sigma = 0 }: EndpointSettings, random: () => number): number {
  if (sigma === 0) return median;
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(sigma * normal);
}

interface Answer {
  readonly model: string;
  readonly prompt: ReadPrompt;
  readonly fault: Fault | null;
  readonly random: () => number;
  readonly settings: EndpointSettings;
}

function answerCall(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { fault, prompt, settings } = answer;
  const echo = `Error while handling: ${prompt.longest} ${prompt.asked.map((asked) => asked.description).join('; ')}`;
  switch (fault) {
    case 'rate-limited':
      response.setHeader('retry-after', settings.retryAfter ?? '1');
      return json(response, 429, { error: { message: echo, code: 'rate_limit_exceeded' } });
    case 'server-error':
      return json(response, 500, { error: { message: echo } });
    case 'reset':
      return void request.socket.resetAndDestroy();
    case 'truncated': {
      const body = JSON.stringify(completion(answer));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.write(body.slice(0, body.length / 2));
      return void setTimeout(() => request.socket.destroy(), 20);
    }
    case 'not-json':
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"choices": [${echo}`);
    case 'no-choices':
      return json(response, 200, { id: 'x', object: 'chat.completion', model: answer.model, choices: [] });
    case 'hang':
      return;
    case 'context-length':
      return json(response, 400, { error: { message: `This model's maximum context length is 4096 tokens. ${echo}` } });
    case 'refused':
      return json(response, 400, { error: { message: echo } });
    case 'forbidden':
      return json(response, 403, { error: { message: echo } });
    case 'redirect':
      return void response.writeHead(307, { location: 'http://127.0.0.1:9/v1/chat/completions' }).end();
    default:
      return json(response, 200, completion(answer));
  }
}

function completion({ model, prompt, fault, random }: Answer): object {
  const text = noteWith(fault, prompt, random);
  const usage = { prompt_tokens: Math.ceil(prompt.characters / 4.2), completion_tokens: Math.ceil(text.length / 4.2) };
  return {
    id: `chatcmpl-${prompt.hash}`,
    object: 'chat.completion',
    created: 0,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text },
        finish_reason: fault === 'length' ? 'length' : 'stop',
      },
    ],
    usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
  };
}

function noteWith(fault: Fault | null, prompt: ReadPrompt, random: () => number): string {
  if (fault === 'empty') return '';
  if (fault === 'language') return OTHER_LANGUAGE;
  const names = prompt.asked.map(({ code, description }) =>
    fault === 'codes' ? `${description} (${code})` : description,
  );
  const note = writeNote(prompt, fault === 'missing' ? names.slice(0, -1) : names, random);
  if (fault === 'length') return note.slice(0, note.length / 3);
  return fault === 'copy' ? `${note}\n\n${prompt.longest}` : note;
}

function embeddings(response: ServerResponse, { model, input }: { model: string; input: string[] }): void {
  const data = input.map((text, index) => {
    const digest = createHash('sha256').update(text).digest();
    return { object: 'embedding', index, embedding: Array.from(digest, (byte) => byte / 128 - 1) };
  });
  json(response, 200, { object: 'list', model, data, usage: { prompt_tokens: 1, total_tokens: 1 } });
}

function json(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
}

/** mulberry32 over an FNV hash of the name. */
function randomFrom(name: string): () => number {
  let state = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) state = Math.imul(state ^ name.charCodeAt(index), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
