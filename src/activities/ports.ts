import type { OpenNote } from '../domain/campaign.ts';
import type { CodeSet, Rung } from '../domain/code-set.ts';
import type { FailureType } from '../domain/failure.ts';
import type { Code, CodeKey, CodeSystem, CodeType } from '../domain/icd.ts';
import type { AttemptRef, NoteRef, TargetRef } from '../domain/ids.ts';
import type { KnowledgeCard } from '../domain/knowledge.ts';
import type { PlannedTarget, UnplannedTarget } from '../domain/plan.ts';
import type { ChatMessage } from '../domain/prompt.ts';
import type { Revision } from '../domain/revision.ts';
import type { Terminology } from '../domain/terminology.ts';
import type { Tier } from '../domain/tiers.ts';
import type { Verdict } from '../domain/verdict.ts';

/** A real, labelled note of the user's corpus. */
export interface SourceNote {
  readonly id: string;
  readonly text: string;
  /** In the corpus's order; the first is the principal one. */
  readonly codes: readonly Code[];
  readonly subject: string | null;
  readonly split: 'train' | 'validation' | 'test';
  readonly sex: 'F' | 'M' | null;
  readonly age: number | null;
}

/** When, where and how a step of the audit ran. Times are integer milliseconds since the epoch. */
export interface Span {
  readonly step: 'retrieve' | 'substitute' | 'prompt' | 'generate' | 'validate' | 'publish' | 'archive';
  readonly startedAt: number;
  readonly endedAt: number;
  /** Temporal's run id, activity id and try, so that a row can be found in its UI. */
  readonly runId: string;
  readonly activityId: string;
  readonly tries: number;
  readonly worker: string;
}

/** An anchor found for a target: a training note with the target itself, or with a relative of it. */
export interface Anchor {
  readonly noteId: string;
  readonly strategy: 'clone' | 'substitute';
  readonly rung: Rung | null;
  readonly sibling: Code | null;
  /** Cosine to the target's knowledge card; null where the index did not rank it. */
  readonly score: number | null;
}

export interface Retrieval {
  readonly anchors: readonly Anchor[];
  /** Source notes near the knowledge card, best first, to be shown as examples. */
  readonly examples: readonly { readonly noteId: string; readonly score: number }[];
}

/** What the corpus half of the ledger gives to retrieval, substitution and the prompt. Only training notes come out of it. */
export interface CorpusReader {
  /** Ids of training notes that carry `code`, in a stable order, at most `limit`. */
  notesWithCode(corpus: string, code: Code, limit: number): Promise<string[]>;
  /** How many training notes carry each of the given codes; codes that none carries are absent. */
  trainingCounts(corpus: string, codes?: readonly Code[]): Promise<Map<CodeKey, number>>;
  /** Training notes by id, in the order asked for; unknown ids are an error. */
  sourceNotes(corpus: string, ids: readonly string[]): Promise<SourceNote[]>;
}

/** What is known of a corpus as a whole. */
export interface CorpusFacts {
  readonly id: string;
  readonly path: string;
  readonly format: string;
  /** Its text may go only to hosts that `egress.allow` names. */
  readonly restricted: boolean;
  readonly codeSystem: CodeSystem;
}

/** A note on its way into the ledger. */
export interface SourceNoteInput extends SourceNote {
  /** Over everything that was read of the note: equal hashes mean that nothing changed. */
  readonly hash: string;
  /** Place in the corpus file, from 0. */
  readonly ordinal: number;
  /** Those of `codes` that no table describes; they are kept as labels, counted and listed. */
  readonly unknownCodes: readonly Code[];
  /** Whatever else the corpus says of the note; must survive JSON. */
  readonly meta?: unknown;
}

export interface SourceNoteState {
  readonly hash: string;
  /** Hash of the version in the vector index; null when the note is to be indexed (again). */
  readonly indexedHash: string | null;
}

export interface CorpusSummary extends CorpusFacts {
  readonly notes: number;
  readonly training: number;
  readonly validation: number;
  readonly test: number;
  /** Distinct codes of the training notes. */
  readonly codes: number;
  /** Over the ids and hashes of all notes. */
  readonly hash: string;
  /** Codes that no table describes, with the notes that carry them, most frequent first. */
  readonly unknownCodes: readonly { readonly code: Code; readonly count: number }[];
}

/** What ingest does to the corpus half of the ledger. Every method may be repeated. */
export interface CorpusWriter {
  putCorpus(corpus: CorpusFacts): Promise<void>;
  /** What the ledger holds of the given notes; ids that it does not hold are absent. */
  noteStates(corpus: string, ids: readonly string[]): Promise<Map<string, SourceNoteState>>;
  /** Writes notes by id; one whose hash is stored is left as it is, a changed one is to be indexed again. */
  putSourceNotes(
    corpus: string,
    notes: readonly SourceNoteInput[],
  ): Promise<{ readonly added: number; readonly changed: number; readonly same: number }>;
  /** Training notes that the index does not hold as embedded by `model`, in the corpus's order, at most `limit`. */
  notesToIndex(corpus: string, model: string, limit: number): Promise<(SourceNote & { readonly hash: string })[]>;
  /** Notes that the index now holds; one that has changed meanwhile stays to be indexed. */
  markIndexed(
    corpus: string,
    notes: readonly { readonly id: string; readonly hash: string; readonly model: string }[],
  ): Promise<void>;
  /** Validation and test notes that the index may hold, because they were training notes once: to be removed from it. */
  indexedNonTraining(corpus: string): Promise<string[]>;
  markRemoved(corpus: string, ids: readonly string[]): Promise<void>;
  corpusSummary(corpus: string): Promise<CorpusSummary>;
  /** Words of each training note, ascending. */
  wordCounts(corpus: string): Promise<number[]>;
}

/** One call to a model as it is about to be made. */
export interface CallIntent {
  readonly attempt: AttemptRef;
  readonly host: string;
  readonly model: string;
  readonly promptHash: string;
  readonly promptVersion: string;
  /** The whole prompt, for the audit; stored once under its hash. */
  readonly promptText: string;
  readonly promptSpan: Span;
  /** Worst case of this call: prompt plus `maxTokens`. */
  readonly reservedTokens: number;
  readonly reservedCost: number;
  /** What had to be left out so that the prompt fits the model's context. */
  readonly leftOut: readonly string[];
}

/** A reply that has been paid for. */
export interface CallReply {
  readonly text: string;
  readonly model: string;
  readonly finishReason: 'stop' | 'length' | 'content-filter' | 'other';
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
}

export interface StoredReply extends CallReply {
  readonly replyId: string;
}

export interface TargetRow extends TargetRef {
  readonly tier: Tier;
  readonly trainingCount: number;
  readonly planned: number;
}

/** What a code workflow must still do: the open notes of this round. */
export interface OpenNotes {
  readonly ordinals: readonly OpenNote[];
}

/** A range of the campaign's plan order that still has open notes; `from` and `to` are inclusive positions. */
export interface ShardRange {
  readonly from: number;
  readonly to: number;
}

export interface Plan {
  readonly revision: Revision;
  /** In plan order. */
  readonly targets: readonly PlannedTarget[];
  readonly unplanned: readonly UnplannedTarget[];
}

/** `differs`: the campaign was planned before by another revision; nothing was written, and `stored` is the frozen one. */
export type PlanResult =
  | { readonly outcome: 'saved' }
  | { readonly outcome: 'same' }
  | { readonly outcome: 'differs'; readonly stored: Revision };

export interface Planner {
  /** Freezes a plan: campaign, revision, targets, and every planned note as pending, in one transaction. */
  savePlan(plan: Plan): Promise<PlanResult>;
}

/** The campaign half of the ledger: the record and the authority of everything that is written. */
export interface CampaignLedger {
  readonly ledgerId: string;
  revision(campaign: string): Promise<Revision>;

  /** Ranges of about `size` codes that still have open notes, in plan order, and how many notes are open. Empty when nothing is open or the campaign is cancelled. */
  openWork(campaign: string, size: number): Promise<{ readonly shards: readonly ShardRange[]; readonly notes: number }>;
  /** Codes of a range that still have open notes, each with the round that its open notes belong to. */
  openTargets(campaign: string, range: ShardRange): Promise<TargetRow[]>;
  target(ref: TargetRef): Promise<TargetRow>;

  /** First write wins; returns what is stored. */
  saveRetrieval(ref: TargetRef, retrieval: Retrieval, span: Span): Promise<Retrieval>;
  retrieval(ref: TargetRef): Promise<Retrieval | null>;
  /** First write wins for each ordinal; returns the sets stored for the open notes. */
  saveCodeSets(ref: TargetRef, sets: readonly CodeSet[], span: Span): Promise<CodeSet[]>;
  codeSet(ref: NoteRef): Promise<CodeSet | null>;
  openNotes(ref: TargetRef): Promise<OpenNotes>;

  /** The reply of an attempt, if one was committed. */
  reply(ref: AttemptRef): Promise<StoredReply | null>;
  /** The verdict on the attempt before this one in the same round; null for a first attempt. Its text is that attempt's `reply`. */
  previousVerdict(ref: AttemptRef): Promise<Verdict | null>;
  /**
   * Writes the intent row in one transaction with the checks that may forbid it. A reply that is already committed is
   * returned instead of a new call. Open intents of the same attempt are marked `lost`. `budget-held`: what is left of the
   * budget is reserved by calls in flight, which may give some of it back when they end.
   */
  openCall(
    intent: CallIntent,
  ): Promise<
    | { readonly outcome: 'opened'; readonly callId: string; readonly tries: number }
    | { readonly outcome: 'replied'; readonly reply: StoredReply }
    | { readonly outcome: 'refused'; readonly type: 'paused' | 'cancelled' | 'budget-held' | 'budget-reached' }
  >;
  /** Stores the reply (first write wins for the attempt; a later one is spend, state `late`). Returns the reply that counts. */
  closeCall(callId: string, reply: CallReply, span: Span): Promise<StoredReply>;
  /** Records that a call failed; its reservation is released. */
  failCall(
    callId: string,
    failure: { readonly type: FailureType; readonly status: number | null },
    span: Span,
  ): Promise<void>;
  /**
   * Failed calls of this attempt, and when any call of the campaign last succeeded: what tells a poisoned prompt from an outage.
   * `besideSuccesses` counts the failures since whose predecessor (or own start) another call of the campaign had succeeded.
   */
  callHistory(ref: AttemptRef): Promise<{
    readonly failures: number;
    readonly besideSuccesses: number;
    readonly firstFailureAt: number | null;
    readonly lastSuccessAt: number | null;
  }>;

  /** Stores the verdict (first write wins), and publishes the note when accepted, or settles it as rejected when `last`. Returns what is stored. */
  saveVerdict(ref: AttemptRef, verdict: Verdict, last: boolean, span: Span): Promise<Verdict>;
  /** Ends one open note as failed. */
  failNote(ref: NoteRef, type: FailureType, detail: string): Promise<void>;
  /** Ends all open notes of a code as failed. */
  failTarget(ref: TargetRef, type: FailureType, detail: string): Promise<void>;

  control(campaign: string): Promise<'running' | 'paused' | 'cancelled'>;
  /** The campaign is waiting for something outside; people see it in `status`. */
  setWaiting(campaign: string, waiting: { readonly type: FailureType; readonly detail: string } | null): Promise<void>;
  /** Keeps the execution record of a finished code, so that the audit outlives Temporal's retention. */
  archiveExecution(
    ref: TargetRef,
    execution: { readonly workflowId: string; readonly runId: string },
    span: Span,
  ): Promise<void>;
}

/** One chunk of a source note in the vector index. Its payload holds ids and codes only, never text. */
export interface IndexedChunk {
  readonly noteId: string;
  readonly chunk: number;
  readonly vector: Float32Array;
  readonly codes: readonly CodeKey[];
}

export interface NoteMatch {
  readonly noteId: string;
  /** Cosine, the best over the note's chunks. */
  readonly score: number;
}

export interface VectorIndex {
  /** Creates the collection when it is missing; refuses one with another dimension. */
  ensure(dimension: number): Promise<void>;
  /** Replaces every chunk of each given note; resolves when flushed. */
  upsert(chunks: readonly IndexedChunk[]): Promise<void>;
  remove(noteIds: readonly string[]): Promise<void>;
  /** Notes nearest to the vector, best first, optionally only those that carry any of `anyCode`, never those in `exclude`. */
  nearest(
    vector: Float32Array,
    options: { readonly limit: number; readonly anyCode?: readonly CodeKey[]; readonly exclude?: readonly string[] },
  ): Promise<NoteMatch[]>;
  /** Number of chunks. */
  count(): Promise<number>;
}

export interface Embedder {
  /** Names model and version; part of the revision. */
  readonly model: string;
  readonly dimension: number;
  /** Cuts a note into sentence-aligned chunks that the model reads whole. */
  chunk(text: string): string[];
  /** Unit vectors, one a text. */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

export interface WriteRequest {
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number;
  readonly temperature: number;
  /** Non-negative 31-bit integer derived from the campaign's seed and the attempt. */
  readonly seed: number;
  /** What the embedded writer builds its scaffold from; an endpoint reads the messages only. */
  readonly facts: { readonly set: CodeSet; readonly cards: readonly KnowledgeCard[]; readonly words: number };
}

export type WriteReply = Omit<CallReply, 'cost'>;

/** A model that writes notes. Failures are `DependencyFailure`s. Retries are the caller's. */
export interface Writer {
  readonly model: string;
  /** `host:port` of the endpoint; `embedded` for the embedded writer. */
  readonly host: string;
  /** Tokens that fit prompt and reply together. */
  readonly contextTokens: number;
  readonly price: { readonly input: number; readonly output: number };
  countTokens(text: string): number;
  /** Asks the endpoint whether host, key and model are right, without sending any note. */
  probe(): Promise<void>;
  /** `onOpen` is awaited when the call's turn has come, right before anything is sent. */
  write(
    request: WriteRequest,
    options: { readonly signal: AbortSignal; readonly onOpen: () => Promise<void> },
  ): Promise<WriteReply>;
}

/** The code tables at hand; null where no table ships (then the codes are labels without knowledge). */
export type TerminologyOf = (system: CodeSystem, type: CodeType) => Terminology | null;

/** Everything that activities need from outside. */
export interface Ports {
  readonly corpus: CorpusReader;
  readonly ledger: CampaignLedger;
  readonly index: VectorIndex;
  readonly embedder: Embedder;
  readonly writer: Writer;
  readonly terminologyOf: TerminologyOf;
}
