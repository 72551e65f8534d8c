import type { LengthProfile, WriterKind } from './revision.ts';

/** What a campaign is expected to take. Rough on purpose: it is for deciding whether to start, not for accounts. */
export interface Estimate {
  /** Calls expected, and the most there can be (every note using up its attempts). */
  readonly calls: number;
  readonly mostCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In the currency of the prices. */
  readonly cost: number;
  readonly seconds: number;
}

export interface EstimateRequest {
  readonly notes: number;
  readonly attempts: number;
  /** Words asked for in a note. */
  readonly words: number;
  readonly writer: WriterKind;
  /** Mean number of codes on a training note. */
  readonly codesPerNote: number;
  /** Price per million tokens. */
  readonly price: { readonly input: number; readonly output: number };
  readonly concurrency: number;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
}

const TOKENS_PER_WORD = 1.5;
const TEMPLATE_TOKENS = 400;
const TOKENS_PER_CARD = 120;
const EXAMPLES = 2;
/** Assumed share of notes that need one more attempt of a model; nothing measured stands behind it yet. */
const SECOND_ATTEMPTS = 0.2;
/** Assumed pace of a hosted model, and the wait for its first token. */
const ENDPOINT_TOKENS_PER_SECOND = 60;
const ENDPOINT_FIRST_TOKEN_SECONDS = 1;
/** The rate that the whole path is built to keep on two cores (a goal, not a measurement), and SmolLM2's CPU time a note as measured. */
const SCAFFOLD_NOTES_PER_SECOND = 60;
const SMOLLM2_SECONDS_PER_NOTE = 3;

export function estimate(request: EstimateRequest): Estimate {
  const { notes, attempts, words, writer, price } = request;
  const retried = writer === 'endpoint' && attempts > 1 ? SECOND_ATTEMPTS : 0;
  const calls = Math.round(notes * (1 + retried));
  const perPrompt = TEMPLATE_TOKENS + TOKENS_PER_CARD * request.codesPerNote + EXAMPLES * words * TOKENS_PER_WORD;
  const paid = writer === 'endpoint' ? 1 : 0;
  const inputTokens = Math.round(calls * perPrompt);
  const outputTokens = Math.round(calls * words * TOKENS_PER_WORD);
  return {
    calls,
    mostCalls: notes * attempts,
    inputTokens,
    outputTokens,
    cost: (paid * (inputTokens * price.input + outputTokens * price.output)) / 1_000_000,
    seconds: Math.max(notes / SCAFFOLD_NOTES_PER_SECOND, secondsOfWriter(request, calls, inputTokens + outputTokens)),
  };
}

function secondsOfWriter(request: EstimateRequest, calls: number, tokens: number): number {
  const { writer, words, concurrency, requestsPerMinute, tokensPerMinute } = request;
  if (writer === 'scaffold') return 0;
  if (writer === 'scaffold+smollm2') return calls * SMOLLM2_SECONDS_PER_NOTE;
  const perCall = ENDPOINT_FIRST_TOKEN_SECONDS + (words * TOKENS_PER_WORD) / ENDPOINT_TOKENS_PER_SECOND;
  return Math.max(
    (calls * perCall) / concurrency,
    requestsPerMinute === null ? 0 : (calls / requestsPerMinute) * 60,
    tokensPerMinute === null ? 0 : (tokens / tokensPerMinute) * 60,
  );
}

/** Words of the training notes as quantiles (nearest rank). @throws RangeError when there is none */
export function lengthProfile(ascending: readonly number[]): LengthProfile {
  if (ascending.length === 0) throw new RangeError('a length profile needs at least one note');
  const at = (share: number): number => ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)]!;
  return { notes: ascending.length, p10: at(0.1), median: at(0.5), p90: at(0.9) };
}

/** Room for a reply of the length asked for and of twice as many words, at 1.5 tokens a word. */
export function maxTokensFor(words: number): number {
  return Math.ceil(2 * words * TOKENS_PER_WORD) + 256;
}
