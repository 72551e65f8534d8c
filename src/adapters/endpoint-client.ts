import OpenAI from 'openai';
import { assertEgress, hostLabel } from '../domain/egress.ts';
import type { EgressPolicy } from '../domain/egress.ts';
import { DependencyFailure } from '../domain/failure.ts';
import { endpointFailure } from './endpoint-failure.ts';
import { guardedFetch } from './guarded-fetch.ts';
import type { Fetch } from './guarded-fetch.ts';

const PROBE_TIMEOUT_MS = 15_000;

export interface EndpointOptions {
  /** Base address with its path, as `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  /** Null where the endpoint needs none: then no Authorization header is sent. */
  readonly apiKey: string | null;
  readonly egress: EgressPolicy;
  /** Limit of one HTTP call in milliseconds, from its sending to the last byte of its reply. Node's `fetch` waits 300 s at most for a reply to begin. */
  readonly timeoutMs: number;
  /** The `fetch` below all guards; Node's own when left out. */
  readonly fetch?: Fetch;
}

/**
 * A client of the `openai` package with every habit of its own switched off: retries, logs, settings read from the environment.
 *
 * @throws DependencyFailure `egress-refused` when a restricted corpus may not go to this host; `unauthorized` when the key
 * cannot be a key
 */
export function createEndpointClient(options: EndpointOptions): OpenAI {
  assertEgress(options.egress, options.baseUrl);
  const apiKey = options.apiKey?.trim() ?? '';
  if (/[^\x21-\x7e]/.test(apiKey)) {
    const facts = { where: hostLabel(options.baseUrl), setting: 'llm.apiKeyEnv' };
    throw new DependencyFailure('unauthorized', facts, 'the key holds characters that no key has');
  }
  return new OpenAI({
    baseURL: options.baseUrl,
    apiKey: apiKey === '' ? 'none' : apiKey,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    defaultHeaders: apiKey === '' ? { Authorization: null } : {},
    maxRetries: 0,
    logLevel: 'off',
    timeout: options.timeoutMs + 5_000, // the guard below is the one that counts, it covers the body as well
    fetch: guardedFetch(options.egress, options.timeoutMs, options.fetch ?? globalThis.fetch),
  });
}

/**
 * Asks whether host, key and model are right, by the endpoint's model list; where it keeps none, by a completion of one token.
 *
 * @returns the model's context in tokens, null where the endpoint does not say
 * @throws DependencyFailure
 */
export async function probeEndpoint(client: OpenAI, model: string, where: string): Promise<number | null> {
  const models = await modelList(client, where);
  if (models === null) {
    await ping(client, model, where);
    return null;
  }
  const known = models.find(({ id }) => id === model || id === `${model}:latest`);
  if (known === undefined) throw unknownModel(models, where);
  return known.contextTokens;
}

interface ListedModel {
  readonly id: string;
  readonly contextTokens: number | null;
}

/** Null where the endpoint has no list. */
async function modelList(client: OpenAI, where: string): Promise<ListedModel[] | null> {
  let answer: unknown;
  try {
    answer = await client.get('/models', { timeout: PROBE_TIMEOUT_MS });
  } catch (error) {
    const failure = endpointFailure(error, where);
    if (!(failure instanceof DependencyFailure)) throw failure;
    if (noListStatus.has(failure.facts.status ?? 0)) return null;
    if (failure.facts.setting !== undefined) throw failure;
    throw new DependencyFailure(
      failure.type,
      { ...failure.facts, setting: 'llm.baseUrl' },
      failure.advice === '' ? 'is the endpoint up?' : `${failure.advice}; is the endpoint up?`,
    );
  }
  const { data } = (answer ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) return null;
  return data.flatMap((entry: Record<string, unknown> | null) =>
    typeof entry?.['id'] === 'string'
      ? [{ id: entry['id'], contextTokens: positive(entry['max_model_len']) ?? positive(entry['context_length']) }]
      : [],
  );
}

const noListStatus: ReadonlySet<number> = new Set([400, 404, 405, 501]);

async function ping(client: OpenAI, model: string, where: string): Promise<void> {
  try {
    await client.chat.completions.create(
      { model, messages: [{ role: 'user', content: 'ping' }], max_tokens: 1 },
      { timeout: PROBE_TIMEOUT_MS },
    );
  } catch (error) {
    throw endpointFailure(error, where);
  }
}

function unknownModel(models: readonly ListedModel[], where: string): DependencyFailure {
  const names = models.slice(0, 5).map(({ id }) => id.replace(/[^\x21-\x7e]/g, '').slice(0, 80));
  const rest = models.length > names.length ? ` and ${models.length - names.length} more` : '';
  const advice = names.length === 0 ? 'it serves no model' : `it serves ${names.join(', ')}${rest}`;
  return new DependencyFailure('model-unknown', { where, setting: 'llm.model' }, advice);
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null;
}
