// The thread in which MiniLM runs: onnxruntime's `run` blocks the thread that calls it.
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** What the thread is started with. */
export interface EmbeddingThreadData {
  readonly modelPath: string;
  readonly threads: number;
}

/** A batch of token ids, one row a text, the rows of any length up to the model's. */
export interface EmbeddingBatch {
  readonly id: number;
  readonly rows: readonly (readonly number[])[];
}

export type EmbeddingAnswer =
  | { readonly id: number; readonly vectors: Float32Array; readonly dimension: number }
  | { readonly id: number; readonly failed: true };

const { modelPath, threads } = workerData as EmbeddingThreadData;
const session = await InferenceSession.create(modelPath, {
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionProviders: ['cpu'],
});
const port = parentPort;
if (port === null) throw new Error('embedding-thread.ts runs as a worker thread only');

let queue = Promise.resolve();
port.on('message', (batch: EmbeddingBatch) => {
  queue = queue.then(async () => {
    const answer = await embed(batch);
    port.postMessage(answer, 'vectors' in answer ? [answer.vectors.buffer as ArrayBuffer] : []);
  });
});
port.postMessage('ready');

async function embed({ id, rows }: EmbeddingBatch): Promise<EmbeddingAnswer> {
  try {
    const width = Math.max(...rows.map((row) => row.length));
    const dims = [rows.length, width];
    const ids = new BigInt64Array(rows.length * width);
    const mask = new BigInt64Array(rows.length * width);
    rows.forEach((row, r) =>
      row.forEach((token, t) => {
        ids[r * width + t] = BigInt(token);
        mask[r * width + t] = 1n;
      }),
    );
    const output = await session.run({
      input_ids: new Tensor('int64', ids, dims),
      attention_mask: new Tensor('int64', mask, dims),
      token_type_ids: new Tensor('int64', new BigInt64Array(rows.length * width), dims),
    });
    const states = output['last_hidden_state'];
    if (states === undefined) return { id, failed: true };
    const dimension = states.dims[2] ?? 0;
    const data = states.data as Float32Array;
    return {
      id,
      dimension,
      vectors: meanPooled(
        data,
        rows.map((row) => row.length),
        width,
        dimension,
      ),
    };
  } catch {
    return { id, failed: true };
  }
}

/** Mean over the real tokens of each row, then scaled to length 1. */
function meanPooled(states: Float32Array, lengths: readonly number[], width: number, dimension: number): Float32Array {
  const pooled = new Float32Array(lengths.length * dimension);
  lengths.forEach((length, r) => {
    const row = pooled.subarray(r * dimension, (r + 1) * dimension);
    for (let t = 0; t < length; t += 1) {
      const from = (r * width + t) * dimension;
      for (let d = 0; d < dimension; d += 1) row[d]! += states[from + d]!;
    }
    let square = 0;
    for (const value of row) square += value * value;
    const norm = Math.sqrt(square) || 1;
    for (let d = 0; d < dimension; d += 1) row[d]! /= norm;
  });
  return pooled;
}
