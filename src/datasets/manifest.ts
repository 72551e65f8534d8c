import type { Code } from '../domain/icd.ts';
import type { Revision } from '../domain/revision.ts';
import type { CampaignStatus } from '../domain/status.ts';
import type { WrittenFile } from './whole-file.ts';

export interface ManifestFacts {
  readonly format: 'jsonl' | 'caml';
  readonly file: string;
  readonly written: WrittenFile;
  readonly revision: Revision;
  /** SHA-256 of the revision's canonical JSON. */
  readonly revisionHash: string;
  readonly status: CampaignStatus;
  readonly rejections: readonly { readonly check: string; readonly reason: string; readonly notes: number }[];
  readonly unplanned: readonly { readonly code: Code; readonly reason: string }[];
  readonly sourceIds: boolean;
  readonly createdAt: number;
}

/** What stands beside an export: what it holds, what made it, what it was checked by, and what may be done with it. */
export function manifestOf(facts: ManifestFacts): Record<string, unknown> {
  const { revision, status, written } = facts;
  const embedded = revision.writer.kind !== 'endpoint';
  return {
    schemaVersion: 1,
    campaign: revision.campaign,
    ledgerId: status.ledgerId,
    format: facts.format,
    file: {
      name: facts.file,
      notes: facts.format === 'caml' ? written.rows - 1 : written.rows,
      bytes: written.bytes,
      sha256: written.sha256,
    },
    offsetUnit: 'codepoint',
    createdAt: new Date(facts.createdAt).toISOString(),
    complete: status.state === 'done',
    counts: {
      codes: status.codes,
      notes: status.notes,
      tiers: status.tiers,
      llm: status.llm,
      rejectionReasons: facts.rejections,
    },
    unplanned: facts.unplanned,
    revision: { number: revision.revision, sha256: facts.revisionHash, settings: revision },
    checks: revision.validation,
    anchors: facts.sourceIds ? 'ids of the corpus' : 'keyed pseudonyms',
    restriction: {
      restricted: revision.corpus.restricted,
      terms: revision.corpus.restricted
        ? 'derived from a restricted corpus: the agreement that covers the corpus covers this file'
        : 'the corpus is not marked as restricted',
    },
    writer: {
      ...revision.writer,
      statement: embedded
        ? 'written by the embedded writer: a baseline that shows the machinery, not notes to train a model on'
        : 'synthetic notes written by the model named here; not real patients',
    },
  };
}
