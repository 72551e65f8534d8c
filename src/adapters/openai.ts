import type OpenAI from 'openai';
import type { Writer, WriteReply, WriteRequest } from '../activities/ports.ts';
import { hostLabel } from '../domain/egress.ts';
import { DependencyFailure } from '../domain/failure.ts';
import { estimateTokens } from '../domain/token-estimate.ts';
import { createCallGate } from './call-gate.ts';
import type { CallLimits } from './call-gate.ts';
import { createEndpointClient, probeEndpoint } from './endpoint-client.ts';
import type { EndpointOptions } from './endpoint-client.ts';
import { endpointFailure } from './endpoint-failure.ts';

const DEFAULT_CONTEXT_TOKENS = 8192;

export interface EndpointWriterOptions extends EndpointOptions, CallLimits {
  /** Money per million tokens. */
  readonly price: { readonly input: number; readonly output: number };
  /** Tokens of prompt and reply together; when left out, what the endpoint's model list says, else 8,192. */
  readonly contextTokens?: number;
  /** When it has aborted, calls in flight may end, and those that wait for their turn are not started. */
  readonly stopping?: AbortSignal;
}

/**
 * A writer behind any OpenAI-compatible endpoint. Each call of `write` is one HTTP call at most: retries are the caller's.
 *
 * Where a reply carries no usage, its tokens are estimated (`countTokens`, which leans high).
 *
 * @throws DependencyFailure `egress-refused` when a restricted corpus may not go to this host; `unauthorized` when the key
 * cannot be a key
 */
export function createEndpointWriter(options: EndpointWriterOptions): Writer {
  const { model } = options;
  const where = hostLabel(options.baseUrl);
  const client = createEndpointClient(options);
  const gate = createCallGate(options);
  let contextTokens = options.contextTokens ?? DEFAULT_CONTEXT_TOKENS;

  async function call(request: WriteRequest, signal: AbortSignal): Promise<WriteReply> {
    try {
      const completion = await client.chat.completions.create(
        {
          model,
          messages: request.messages.map(({ role, content }) => ({ role, content })),
          temperature: request.temperature,
          seed: request.seed,
          // OpenAI's own newer models refuse `max_tokens`; most other servers know no other name.
          ...(where === 'api.openai.com:443'
            ? { max_completion_tokens: request.maxTokens }
            : { max_tokens: request.maxTokens }),
        },
        { signal },
      );
      return replyOf(completion, request, { where, model });
    } catch (error) {
      signal.throwIfAborted();
      throw endpointFailure(error, where);
    }
  }

  return {
    model,
    host: where,
    price: options.price,
    get contextTokens() {
      return contextTokens;
    },
    countTokens: estimateTokens,
    probe: async () => {
      contextTokens = options.contextTokens ?? (await probeEndpoint(client, model, where)) ?? DEFAULT_CONTEXT_TOKENS;
    },
    write: async (request, { signal, onOpen }) => {
      const turn = await gate.acquire(promptTokens(request) + request.maxTokens, signal);
      let used: number | undefined;
      try {
        if (options.stopping?.aborted === true) {
          throw new DependencyFailure('cancelled', { where }, 'the worker ends; the call starts in the next one');
        }
        await onOpen();
        const reply = await call(request, signal);
        used = reply.inputTokens + reply.outputTokens;
        return reply;
      } finally {
        turn.release(used);
      }
    },
  };
}

function promptTokens(request: WriteRequest): number {
  return request.messages.reduce((sum, message) => sum + estimateTokens(message.content), 0);
}

const finishReasons: Readonly<Record<string, WriteReply['finishReason']>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
};

/** Endpoints answer more loosely than the package's types say: every field is looked at as if it might be missing. */
function replyOf(
  completion: unknown,
  request: WriteRequest,
  { where, model }: { where: string; model: string },
): WriteReply {
  const { choices, usage, model: answered } = (completion ?? {}) as Partial<OpenAI.ChatCompletion>;
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  const text = choice?.message?.content;
  if (typeof text !== 'string' || text.trim() === '') throw new DependencyFailure('reply-empty', { where });
  return {
    text,
    model: typeof answered === 'string' && answered !== '' ? answered : model,
    finishReason: finishReasons[choice?.finish_reason ?? ''] ?? 'other',
    inputTokens: usage?.prompt_tokens ?? promptTokens(request),
    outputTokens: usage?.completion_tokens ?? estimateTokens(text),
  };
}
