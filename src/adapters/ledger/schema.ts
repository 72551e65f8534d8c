/** Tables of the ledger. Columns are text, integers (times are milliseconds since the epoch, flags 0 or 1) and JSON in text. */
export interface LedgerTables {
  readonly meta: { key: string; value: string };
  readonly corpora: CorpusRow;
  readonly source_notes: SourceNoteRow;
  readonly source_codes: SourceCodeRow;
  readonly campaigns: CampaignRow;
  readonly targets: TargetTableRow;
  readonly unplanned: UnplannedRow;
  readonly notes: NoteRow;
  readonly code_sets: CodeSetRow;
  readonly retrievals: RetrievalRow;
  readonly attempts: AttemptRow;
  readonly rejections: RejectionRow;
  readonly calls: CallRow;
  readonly replies: ReplyRow;
  readonly texts: { hash: string; text: string };
  readonly spans: SpanRow;
  readonly executions: ExecutionRow;
  readonly commands: CommandRow;
}

export interface CorpusRow {
  id: string;
  path: string;
  format: string;
  restricted: number;
  code_system: string;
}

export interface SourceNoteRow {
  corpus: string;
  id: string;
  /** Place in the corpus file, from 0. */
  ordinal: number;
  subject: string | null;
  split: 'train' | 'validation' | 'test';
  sex: 'F' | 'M' | null;
  age: number | null;
  hash: string;
  words: number;
  /** Hash of the version that the vector index may hold; null when it certainly holds none. */
  indexed_hash: string | null;
  /** Embedding model of the version in the index; null when the note is to be indexed (again). */
  indexed_model: string | null;
  meta: string | null;
  text: string;
}

export interface SourceCodeRow {
  corpus: string;
  note_id: string;
  position: number;
  system: string;
  type: string;
  code: string;
  /** 1 when the note's split is `train`: kept here so that counts need no join. */
  training: number;
  /** 0 when no code table at hand describes the code. */
  known: number;
}

export interface CampaignRow {
  id: string;
  corpus: string;
  revision: number;
  revision_json: string;
  revision_hash: string;
  created_at: number;
  control: 'running' | 'paused' | 'cancelled';
  /** The last round that a replay opened; 0 when none did. */
  round: number;
  waiting_type: string | null;
  waiting_detail: string | null;
  waiting_since: number | null;
  /** Money is kept in billionths of the price's currency, so that sums are exact. */
  budget_cost: number | null;
  budget_tokens: number | null;
  spent_cost: number;
  spent_input_tokens: number;
  spent_output_tokens: number;
  reserved_cost: number;
  reserved_tokens: number;
  /** Calls that were paid. */
  calls: number;
  last_success_at: number | null;
}

export interface TargetTableRow {
  id: string;
  campaign: string;
  /** Place in plan order, from 0. */
  position: number;
  system: string;
  type: string;
  code: string;
  tier: string;
  training_count: number;
  planned: number;
}

export interface UnplannedRow {
  campaign: string;
  system: string;
  type: string;
  code: string;
  reason: string;
  training_count: number;
}

export type NoteState = 'pending' | 'accepted' | 'rejected' | 'failed';

export interface NoteRow {
  id: string;
  campaign: string;
  target_id: string;
  position: number;
  ordinal: number;
  state: NoteState;
  /** The round that the note is written in, or was settled in. */
  round: number;
  /** Attempts judged in that round. */
  attempts: number;
  /** Failure type of a failed note; `check/reason` of the first rejection of a rejected one. */
  reason: string | null;
  detail: string | null;
  accepted_attempt: string | null;
  settled_at: number | null;
}

export interface CodeSetRow {
  note_id: string;
  target_id: string;
  ordinal: number;
  /** Round in which the set was made; later rounds keep it. */
  round: number;
  json: string;
}

export interface RetrievalRow {
  target_id: string;
  round: number;
  campaign: string;
  json: string;
}

export interface AttemptRow {
  id: string;
  note_id: string;
  target_id: string;
  campaign: string;
  round: number;
  ordinal: number;
  attempt: number;
  opened_at: number;
  accepted: number | null;
  verdict: string | null;
  judged_at: number | null;
}

/** One row per distinct rejection of an attempt. It stands for its note when round and attempt are the note's. */
export interface RejectionRow {
  attempt_id: string;
  note_id: string;
  campaign: string;
  round: number;
  check_name: string;
  reason: string;
  attempt: number;
}

/** One HTTP try. Rows are never removed. */
export interface CallRow {
  id: string;
  attempt_id: string;
  campaign: string;
  tries: number;
  host: string;
  model: string;
  prompt_hash: string;
  prompt_version: string;
  left_out: string;
  reserved_tokens: number;
  reserved_cost: number;
  /** `lost`: its process died; it may have been paid, so that its reservation stands until it is known better. `late`: paid, but another reply counts. */
  state: 'open' | 'replied' | 'failed' | 'lost' | 'late';
  failure_type: string | null;
  http_status: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cost: number | null;
  opened_at: number;
  closed_at: number | null;
}

/** The reply that counts, one per attempt. */
export interface ReplyRow {
  attempt_id: string;
  /** Id of the call that brought it. */
  id: string;
  text_hash: string;
  model: string;
  finish_reason: string;
  input_tokens: number;
  output_tokens: number;
  cost: number;
  replied_at: number;
}

export interface SpanRow {
  target_id: string;
  round: number;
  /** Null for the steps of a whole code. */
  ordinal: number | null;
  attempt: number | null;
  step: string;
  started_at: number;
  ended_at: number;
  run_id: string;
  activity_id: string;
  tries: number;
  worker: string;
}

export interface ExecutionRow {
  target_id: string;
  round: number;
  workflow_id: string;
  run_id: string;
  archived_at: number;
}

export interface CommandRow {
  campaign: string;
  number: number;
  command: string;
  arguments: string;
  at: number;
}
