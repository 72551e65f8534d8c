import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { Tokenizer } from '@huggingface/tokenizers';
import type { Embedder } from '../activities/ports.ts';
import { chunkText } from '../domain/chunks.ts';
import { hostLabel } from '../domain/egress.ts';
import type { EgressPolicy } from '../domain/egress.ts';
import { DependencyFailure } from '../domain/failure.ts';
import { estimateTokens } from '../domain/token-estimate.ts';
import { createEndpointClient } from './endpoint-client.ts';
import { endpointFailure } from './endpoint-failure.ts';
import type { Fetch } from './guarded-fetch.ts';
import type { EmbeddingAnswer, EmbeddingBatch, EmbeddingThreadData } from './embedding-thread.ts';

/** Name of the local embedder's model, known without loading it. */
export const LOCAL_MODEL = 'all-MiniLM-L6-v2-int8';

/** Tokens of a chunk with the two that BERT adds; a text of its own is read up to this many, the rest is not seen. */
const CHUNK_TOKENS = 128;
const ADDED_TOKENS = 2;
/** Larger batches are slower: attention's memory outgrows the caches. */
const BATCH = 8;
const REMOTE_BATCH = 64;

export interface LocalEmbedderOptions {
  /** `model.onnx` of all-MiniLM-L6-v2, int8. */
  readonly modelPath: string;
  /** Its `tokenizer.json`. */
  readonly tokenizerPath: string;
  /** Threads for one matrix product. */
  readonly threads: number;
}

/** An embedder that holds a thread; `close` ends it. It never keeps the process alive by itself. */
export interface LocalEmbedder extends Embedder {
  close(): Promise<void>;
}

/**
 * Sentence vectors (384 dimensions, unit length) by MiniLM on this machine, in a thread of its own.
 *
 * A note is best embedded by its chunks: a vector of a longer text than 128 tokens knows its beginning only.
 *
 * @throws DependencyFailure `embedding-unavailable` when model or tokenizer cannot be loaded
 */
export async function createLocalEmbedder(options: LocalEmbedderOptions): Promise<LocalEmbedder> {
  const tokenizer = await readTokenizer(options.tokenizerPath);
  const thread = await startThread(options);
  const waiting = new Map<number, { resolve: (answer: EmbeddingAnswer) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let ended = false;

  thread.on('message', (answer: EmbeddingAnswer) => {
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
    if (waiting.size === 0) thread.unref();
  });
  thread.on('error', () => {});
  thread.on('exit', () => {
    ended = true;
    for (const { reject } of waiting.values()) reject(unavailable('the embedding thread ended'));
    waiting.clear();
  });

  function ask(rows: EmbeddingBatch['rows']): Promise<EmbeddingAnswer> {
    if (ended) return Promise.reject(unavailable('the embedding thread ended'));
    return new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      thread.ref();
      thread.postMessage({ id: lastId, rows } satisfies EmbeddingBatch);
    });
  }

  return {
    model: LOCAL_MODEL,
    dimension: 384,
    chunk: (text) =>
      chunkText(
        text,
        CHUNK_TOKENS - ADDED_TOKENS,
        (piece) => tokenizer.encode(piece, { add_special_tokens: false }).ids.length,
      ),
    embed: async (texts) => {
      const rows = texts.map((text, index) => ({ index, ids: truncated(tokenizer.encode(text).ids) }));
      rows.sort((a, b) => a.ids.length - b.ids.length); // batches of like lengths carry little padding
      const vectors: Float32Array[] = Array.from({ length: texts.length });
      for (let from = 0; from < rows.length; from += BATCH) {
        const batch = rows.slice(from, from + BATCH);
        const answer = await ask(batch.map((row) => row.ids));
        if ('failed' in answer) throw unavailable('the model refused a batch');
        batch.forEach((row, r) => {
          vectors[row.index] = answer.vectors.slice(r * answer.dimension, (r + 1) * answer.dimension);
        });
      }
      return vectors;
    },
    close: async () => {
      await thread.terminate();
    },
  };
}

export interface OpenAiEmbedderOptions {
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string | null;
  readonly egress: EgressPolicy;
  /** The `fetch` below all guards; Node's own when left out. */
  readonly fetch?: Fetch;
}

/**
 * Vectors from an OpenAI-compatible endpoint, scaled to unit length. It is asked once at the start, with a fixed word, how many
 * dimensions its vectors have.
 *
 * @throws DependencyFailure also from `embed`
 */
export async function createOpenAiEmbedder(options: OpenAiEmbedderOptions): Promise<Embedder> {
  const { model } = options;
  const where = hostLabel(options.baseUrl);
  const client = createEndpointClient({ ...options, timeoutMs: 60_000 });

  async function embedBatch(texts: readonly string[]): Promise<Float32Array[]> {
    try {
      const { data } = await client.embeddings.create({ model, input: [...texts], encoding_format: 'float' });
      if (data.length !== texts.length) throw new DependencyFailure('reply-cut', { where });
      return [...data].sort((a, b) => a.index - b.index).map(({ embedding }) => unit(embedding));
    } catch (error) {
      throw endpointFailure(error, where);
    }
  }

  const [sample] = await embedBatch(['ping']);
  return {
    model,
    dimension: sample?.length ?? 0,
    chunk: (text) => chunkText(text, CHUNK_TOKENS - ADDED_TOKENS, estimateTokens),
    embed: async (texts) => {
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += REMOTE_BATCH) {
        vectors.push(...(await embedBatch(texts.slice(from, from + REMOTE_BATCH))));
      }
      return vectors;
    },
  };
}

function unit(values: readonly number[]): Float32Array {
  const norm = Math.hypot(...values) || 1;
  return Float32Array.from(values, (value) => value / norm);
}

/** The first tokens, and the last one, which marks the end. */
function truncated(ids: readonly number[]): readonly number[] {
  return ids.length <= CHUNK_TOKENS ? ids : [...ids.slice(0, CHUNK_TOKENS - 1), ids.at(-1) ?? 0];
}

async function readTokenizer(path: string): Promise<Tokenizer> {
  try {
    return new Tokenizer(JSON.parse(await readFile(path, 'utf8')) as object, {});
  } catch {
    throw unavailable('the tokenizer cannot be read', path);
  }
}

async function startThread({ modelPath, threads }: LocalEmbedderOptions): Promise<Worker> {
  const thread = new Worker(new URL('./embedding-thread.ts', import.meta.url), {
    workerData: { modelPath, threads } satisfies EmbeddingThreadData,
  });
  await new Promise<void>((resolve, reject) => {
    thread.once('message', () => resolve());
    thread.once('error', () => reject(unavailable('the embedding model cannot be loaded', modelPath)));
  });
  thread.unref();
  return thread;
}

function unavailable(advice: string, where?: string): DependencyFailure {
  return new DependencyFailure('embedding-unavailable', where === undefined ? {} : { where }, advice);
}
