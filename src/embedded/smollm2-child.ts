// The process in which SmolLM2 runs: started by smollm2.ts over an IPC channel, ends when the channel does.
import { getLlama, LlamaCompletion, LlamaLogLevel } from 'node-llama-cpp';

/** What the child is asked for; one request at a time. */
export interface SentenceRequest {
  readonly id: number;
  /** What the model goes on from, up to the end of the line. */
  readonly prompt: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

export type SentenceAnswer =
  | { readonly id: number; readonly text: string; readonly inputTokens: number; readonly outputTokens: number }
  | { readonly id: number; readonly failed: true };

const [modelPath = ''] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));

const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  progressLogs: false,
  logLevel: LlamaLogLevel.disabled,
});
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ contextSize: 512, threads: 1 });
const sequence = context.getSequence();
const completion = new LlamaCompletion({ contextSequence: sequence });

process.on('message', (request: SentenceRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.send?.('ready');

async function answer(request: SentenceRequest): Promise<SentenceAnswer> {
  const { id, prompt, maxTokens, temperature, seed } = request;
  try {
    const before = sequence.tokenMeter.getState();
    const text = await completion.generateCompletion(prompt, {
      maxTokens,
      temperature,
      seed,
      topP: 0.95,
      customStopTriggers: ['\n'],
    });
    const used = sequence.tokenMeter.diff(before);
    return { id, text, inputTokens: used.usedInputTokens, outputTokens: used.usedOutputTokens };
  } catch {
    return { id, failed: true };
  }
}
