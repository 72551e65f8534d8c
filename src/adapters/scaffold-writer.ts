import type { Writer, WriteReply, WriteRequest } from '../activities/ports.ts';
import { acceptedSentence, sentencePrompt } from '../domain/scaffold-sentence.ts';
import { writeScaffold } from '../domain/scaffold.ts';
import { randomOf } from '../domain/seed.ts';
import { estimateTokens } from '../domain/token-estimate.ts';
import { createCallGate } from './call-gate.ts';

/** A small local model that ends a sentence. */
export interface SentenceModel {
  readonly model: string;
  start(): Promise<void>;
  complete(order: {
    readonly prompt: string;
    readonly maxTokens: number;
    readonly temperature: number;
    readonly seed: number;
  }): Promise<{ readonly text: string; readonly inputTokens: number; readonly outputTokens: number }>;
}

/** About one CPU-second: a note is to cost at most three. */
const MOST_TRIES = 4;
const SENTENCES = 2;
const SENTENCE_TOKENS = 28;

/** The name of the embedded writer's model, with the small model that adds sentences, or null for the scaffold alone. */
export function scaffoldModel(sentences: string | null): string {
  return sentences === null ? 'scaffold-1' : `scaffold-1+${sentences}`;
}

/**
 * The embedded writer: a deterministic scaffold that states the code set from its knowledge cards, with sentences of a small local
 * model where these pass the checks. A baseline and a way to see the machinery, not a source of notes to train on; `model` says so in
 * each note's provenance.
 *
 * It reads `facts` and `seed` of a request, never the prompt. The tokens of a reply are those of the small model: none without it.
 */
export function createScaffoldWriter({ smollm2 }: { readonly smollm2: SentenceModel | null }): Writer {
  const model = scaffoldModel(smollm2?.model ?? null);
  const gate = createCallGate({
    concurrency: smollm2 === null ? Number.POSITIVE_INFINITY : 1,
    requestsPerMinute: null,
    tokensPerMinute: null,
  });

  async function compose({ facts, seed }: WriteRequest, signal: AbortSignal): Promise<WriteReply> {
    const { sex, age } = facts.set;
    const random = randomOf('scaffold-sentences', seed);
    const sentences: string[] = [];
    let inputTokens = 0;
    let outputTokens = 0;
    for (let tries = 0; smollm2 !== null && tries < MOST_TRIES && sentences.length < SENTENCES; tries += 1) {
      signal.throwIfAborted();
      const { prompt, start } = sentencePrompt(sex, random);
      const order = { prompt, maxTokens: SENTENCE_TOKENS, temperature: 0.8, seed: random.integer(0, 0x7fff_ffff) };
      const ending = await smollm2.complete(order);
      inputTokens += ending.inputTokens;
      outputTokens += ending.outputTokens;
      const sentence = acceptedSentence(`${start}${ending.text}`, sex);
      if (sentence !== null) sentences.push(sentence);
    }
    const text = writeScaffold({ cards: facts.cards, sex, age, words: facts.words }, seed, sentences);
    return { text, model, finishReason: 'stop', inputTokens, outputTokens };
  }

  return {
    model,
    host: 'embedded',
    contextTokens: Number.MAX_SAFE_INTEGER,
    price: { input: 0, output: 0 },
    countTokens: estimateTokens,
    probe: async () => smollm2?.start(),
    write: async (request, { signal, onOpen }) => {
      const turn = await gate.acquire(0, signal);
      try {
        await onOpen();
        return await compose(request, signal);
      } finally {
        turn.release();
      }
    },
  };
}
