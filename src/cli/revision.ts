import type { CorpusSummary } from '../activities/ports.ts';
import { LOCAL_MODEL } from '../adapters/embeddings.ts';
import { scaffoldModel } from '../adapters/scaffold-writer.ts';
import { ConfigError } from '../config.ts';
import type { Config } from '../config.ts';
import { lengthProfile, maxTokensFor } from '../domain/estimate.ts';
import { GATE_VERSION } from '../domain/gate.ts';
import type { Code } from '../domain/icd.ts';
import { PROMPT_VERSION } from '../domain/prompt.ts';
import type { Revision } from '../domain/revision.ts';
import { SMOLLM2_MODEL } from '../embedded/smollm2.ts';
import type { Terminology } from '../domain/terminology.ts';

export interface RevisionInputs {
  readonly config: Config;
  readonly corpus: CorpusSummary;
  /** Words of each training note, ascending, at least one. */
  readonly wordCounts: readonly number[];
  readonly named: readonly Code[];
  readonly terminology: Terminology;
}

/** Everything that decides what the campaign writes, as the settings, the corpus and this version of Zebra have it now. */
export function revisionOf({ config, corpus, wordCounts, named, terminology }: RevisionInputs): Revision {
  const { llm, embedding, writer } = config;
  const lengths = lengthProfile(wordCounts);
  const words = lengths.median;
  return {
    schemaVersion: 1,
    campaign: config.campaign,
    revision: 1,
    codeSystem: config.codeSystem,
    seed: config.seed,
    corpus: {
      id: corpus.id,
      format: corpus.format,
      restricted: corpus.restricted,
      notes: corpus.notes,
      hash: corpus.hash,
    },
    terminology: [{ system: terminology.system, type: terminology.type, release: terminology.release }],
    allocation: config.allocation,
    targets: { tiers: config.targets.tiers, codes: named.map(({ code }) => code), limit: config.targets.limit },
    substitution: config.substitution,
    writer: { kind: writer, model: writer === 'endpoint' ? (llm.model ?? '') : embeddedModel(writer) },
    generation: { temperature: llm.temperature, maxTokens: llm.maxTokens ?? maxTokensFor(words), words },
    lengths,
    promptVersion: PROMPT_VERSION,
    gateVersion: GATE_VERSION,
    validation: config.validation,
    embedding: {
      provider: embedding.provider,
      model: embedding.provider === 'local' ? LOCAL_MODEL : (embedding.model ?? ''),
    },
  };
}

/** Refuses to go on with a campaign that was planned otherwise, and says in what. */
export function refuseChanged(stored: Revision, now: Revision): never {
  const before = new Map(leaves(stored));
  const after = new Map(leaves(now));
  const differences = [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const [was, is] = [before.get(path) ?? 'absent', after.get(path) ?? 'absent'];
    return was === is ? [] : [`  ${path}: planned with ${was}, now ${is}`];
  });
  throw new ConfigError([
    `campaign ${now.campaign} is planned already, and what it was planned with has changed:`,
    ...differences,
    'put it back, or name another campaign',
  ]);
}

function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, path === '' ? key : `${path}.${key}`));
}

function embeddedModel(writer: 'scaffold' | 'scaffold+smollm2'): string {
  return scaffoldModel(writer === 'scaffold' ? null : SMOLLM2_MODEL);
}
