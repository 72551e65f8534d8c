import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Embedder, VectorIndex, Writer } from './activities/ports.ts';
import type { Config } from './config.ts';
import type { EgressPolicy } from './domain/egress.ts';
import type { Parts } from './embedded/parts.ts';
import { startSmollm2 } from './embedded/smollm2.ts';
import { createLocalEmbedder, createOpenAiEmbedder } from './adapters/embeddings.ts';
import { createEndpointWriter } from './adapters/openai.ts';
import { createQdrantIndex } from './adapters/qdrant.ts';
import { createScaffoldWriter } from './adapters/scaffold-writer.ts';

const tokenizerPath = fileURLToPath(new URL('../assets/minilm/tokenizer.json', import.meta.url));

/** Limit of one call to the endpoint: long notes by slow local models take minutes, and Node's `fetch` waits no longer for an answer to begin. */
const endpointTimeoutMs = 300_000;

/** Where the corpus's text may go. */
export function egressOf(config: Config): EgressPolicy {
  return { restricted: config.corpus.restricted, allow: config.egress.allow, proxies: config.proxies };
}

/**
 * The writer that zebra.yaml names.
 *
 * @param stopping aborts when no further call may start
 * @throws DependencyFailure `egress-refused` before anything is sent, when a restricted corpus may not go to its host
 */
export function openWriter(config: Config, parts: Parts, stopping?: AbortSignal): Writer {
  if (config.writer !== 'endpoint') {
    const smollm2 = config.writer === 'scaffold+smollm2' ? startSmollm2({ modelPath: parts.smollm2Model }) : null;
    return createScaffoldWriter({ smollm2 });
  }
  const { baseUrl, model, concurrency, requestsPerMinute, tokensPerMinute, price } = config.llm;
  return createEndpointWriter({
    baseUrl: baseUrl ?? '',
    model: model ?? '',
    apiKey: config.secrets.llm?.reveal() ?? null,
    concurrency,
    requestsPerMinute,
    tokensPerMinute,
    price,
    egress: egressOf(config),
    timeoutMs: endpointTimeoutMs,
    ...(stopping === undefined ? {} : { stopping }),
  });
}

/** @throws DependencyFailure `egress-refused` when a restricted corpus may not go to the embedding endpoint */
export async function openEmbedder(config: Config, parts: Parts): Promise<Embedder> {
  const { provider, baseUrl, model } = config.embedding;
  if (provider === 'local') return createLocalEmbedder({ modelPath: parts.minilmModel, tokenizerPath, threads: 1 });
  return createOpenAiEmbedder({
    baseUrl: baseUrl ?? '',
    model: model ?? '',
    apiKey: config.secrets.embedding?.reveal() ?? null,
    egress: egressOf(config),
  });
}

/**
 * The vector index of this corpus under this embedding model; the collection's name carries the ledger's id, so that
 * several people may share one server.
 *
 * @throws DependencyFailure `egress-refused` when what is derived from a restricted corpus may not go to `qdrant.url`
 */
export function openIndex(
  config: Config,
  qdrant: { readonly url: string; readonly apiKey: string | null },
  owner: { readonly ledgerId: string; readonly model: string },
): VectorIndex {
  const content = createHash('sha256').update(`${config.corpus.id}\n${owner.model}`).digest('hex').slice(0, 12);
  return createQdrantIndex({ ...qdrant, egress: egressOf(config), collection: `zebra-${owner.ledgerId}-${content}` });
}
