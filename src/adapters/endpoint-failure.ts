import { APIConnectionTimeoutError, APIError } from 'openai';
import { framesOf } from '../domain/error-place.ts';
import { DependencyFailure } from '../domain/failure.ts';
import type { FailureType } from '../domain/failure.ts';

/**
 * What a failed call to an OpenAI-compatible endpoint means. Endpoints echo prompts in their errors: nothing of their wording
 * is kept, only status and waiting time.
 *
 * @param now milliseconds since the epoch, against which a Retry-After date is read
 */
export function endpointFailure(error: unknown, where: string, now = Date.now()): Error {
  if (error instanceof DependencyFailure) return error;
  if (error instanceof APIConnectionTimeoutError) return new DependencyFailure('endpoint-timeout', { where });
  if (error instanceof SyntaxError) {
    return new DependencyFailure('reply-cut', { where }, 'the reply is not whole JSON');
  }
  if (error instanceof APIError) {
    if (error.cause instanceof DependencyFailure) return error.cause;
    if (error.status === undefined) return new DependencyFailure('endpoint-unavailable', { where });
    return byStatus(error.status, error, where, now);
  }
  return scrubbed(error);
}

function byStatus(status: number, error: APIError, where: string, now: number): DependencyFailure {
  const retryAfterMs = retryAfter(error.headers, now);
  const facts = { where, status, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
  const { type, setting, advice } = meaningOf(status, `${error.code ?? ''} ${error.message}`);
  return new DependencyFailure(type, setting === undefined ? facts : { ...facts, setting }, advice);
}

interface Meaning {
  readonly type: FailureType;
  readonly setting?: string;
  readonly advice?: string;
}

function meaningOf(status: number, wording: string): Meaning {
  if (status === 429) return { type: 'rate-limited' };
  if (status >= 500) return { type: 'endpoint-unavailable' };
  if (status === 401 || status === 403) {
    return { type: 'unauthorized', setting: 'llm.apiKeyEnv', advice: 'the endpoint does not take this key' };
  }
  if (status === 404) {
    return {
      type: 'model-unknown',
      setting: 'llm.model',
      advice: 'it knows no such model, or llm.baseUrl lacks its path (often /v1)',
    };
  }
  if (status === 408) return { type: 'endpoint-timeout' };
  if ((status === 400 || status === 413 || status === 422) && isContextLength(wording)) {
    return { type: 'context-length', advice: 'prompt and reply do not fit the context of the model' };
  }
  return { type: 'request-refused' };
}

/** OpenAI, vLLM, llama.cpp, TGI, SGLang and Ollama word it differently. */
function isContextLength(wording: string): boolean {
  return /context[_ -]?(length|window|size)|maximum context|max_model_len|too many (input )?tokens|(prompt|input) is too long|longer than the maximum|exceeds? the (available )?context|`?inputs`? tokens \+ `?max_new_tokens/i.test(
    wording,
  );
}

/** Milliseconds to wait by `retry-after-ms`, or `retry-after` in seconds or as an HTTP date; null where neither can be read. */
export function retryAfter(headers: Headers | undefined, now: number): number | null {
  const precise = numberOf(headers?.get('retry-after-ms'));
  if (precise !== null) return Math.max(0, Math.round(precise));
  const plain = headers?.get('retry-after') ?? null;
  const seconds = numberOf(plain);
  if (seconds !== null) return Math.max(0, Math.round(seconds * 1000));
  const date = plain === null ? Number.NaN : Date.parse(plain);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function numberOf(text: string | null | undefined): number | null {
  if (text === null || text === undefined || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** A programming error, loud, with its place, without its message, which may quote what was sent. */
function scrubbed(error: unknown): Error {
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  const loud = new Error(`unexpected ${kind} in the endpoint client`);
  const frames = framesOf(error);
  if (frames.length > 0) loud.stack = [`Error: ${loud.message}`, ...frames.map((frame) => `    ${frame}`)].join('\n');
  return loud;
}
