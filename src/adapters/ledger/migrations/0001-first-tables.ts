import type { Kysely } from 'kysely';
import { index, table } from './table.ts';

export async function firstTables(db: Kysely<any>): Promise<void> {
  await corpusTables(db);
  await planTables(db);
  await noteTables(db);
  await callTables(db);
  await auditTables(db);
}

async function corpusTables(db: Kysely<any>): Promise<void> {
  await table(db, 'meta', { key: 'text', value: 'text' }, ['key']);
  await table(db, 'corpora', { id: 'text', path: 'text', format: 'text', restricted: 'integer', code_system: 'text' }, [
    'id',
  ]);
  // The text comes last: SQLite then reads the other columns without the pages that the text fills.
  await table(
    db,
    'source_notes',
    {
      corpus: 'text',
      id: 'text',
      ordinal: 'integer',
      subject: 'text?',
      split: 'text',
      sex: 'text?',
      age: 'real?',
      hash: 'text',
      words: 'integer',
      indexed_hash: 'text?',
      indexed_model: 'text?',
      meta: 'text?',
      text: 'text',
    },
    ['corpus', 'id'],
  );
  await index(db, 'source_notes', ['corpus', 'split', 'indexed_model', 'ordinal']);
  await table(
    db,
    'source_codes',
    {
      corpus: 'text',
      note_id: 'text',
      position: 'integer',
      system: 'text',
      type: 'text',
      code: 'text',
      training: 'integer',
      known: 'integer',
    },
    ['corpus', 'note_id', 'position'],
  );
  await index(db, 'source_codes', ['corpus', 'training', 'system', 'type', 'code', 'note_id']);
}

async function planTables(db: Kysely<any>): Promise<void> {
  await table(
    db,
    'campaigns',
    {
      id: 'text',
      corpus: 'text',
      revision: 'integer',
      revision_json: 'text',
      revision_hash: 'text',
      created_at: 'bigint',
      control: 'text',
      round: 'integer',
      waiting_type: 'text?',
      waiting_detail: 'text?',
      waiting_since: 'bigint?',
      budget_cost: 'bigint?',
      budget_tokens: 'bigint?',
      spent_cost: 'bigint',
      spent_input_tokens: 'bigint',
      spent_output_tokens: 'bigint',
      reserved_cost: 'bigint',
      reserved_tokens: 'bigint',
      calls: 'integer',
      last_success_at: 'bigint?',
    },
    ['id'],
  );
  await table(
    db,
    'targets',
    {
      id: 'text',
      campaign: 'text',
      position: 'integer',
      system: 'text',
      type: 'text',
      code: 'text',
      tier: 'text',
      training_count: 'integer',
      planned: 'integer',
    },
    ['id'],
    { campaign: 'campaigns.id' },
  );
  await index(db, 'targets', ['campaign', 'position'], true);
  await table(
    db,
    'unplanned',
    { campaign: 'text', system: 'text', type: 'text', code: 'text', reason: 'text', training_count: 'integer' },
    ['campaign', 'system', 'type', 'code'],
    { campaign: 'campaigns.id' },
  );
}

async function noteTables(db: Kysely<any>): Promise<void> {
  await table(
    db,
    'notes',
    {
      id: 'text',
      campaign: 'text',
      target_id: 'text',
      position: 'integer',
      ordinal: 'integer',
      state: 'text',
      round: 'integer',
      attempts: 'integer',
      reason: 'text?',
      detail: 'text?',
      accepted_attempt: 'text?',
      settled_at: 'bigint?',
    },
    ['id'],
    { target_id: 'targets.id' },
  );
  await index(db, 'notes', ['campaign', 'state', 'position', 'ordinal', 'round']);
  await index(db, 'notes', ['target_id', 'ordinal']);
  await index(db, 'notes', ['campaign', 'settled_at']);
  await table(
    db,
    'code_sets',
    { note_id: 'text', target_id: 'text', ordinal: 'integer', round: 'integer', json: 'text' },
    ['note_id'],
    { note_id: 'notes.id' },
  );
  await index(db, 'code_sets', ['target_id', 'ordinal']);
  await table(
    db,
    'retrievals',
    { target_id: 'text', round: 'integer', campaign: 'text', json: 'text' },
    ['target_id', 'round'],
    { target_id: 'targets.id' },
  );
  await index(db, 'retrievals', ['campaign']);
}

async function callTables(db: Kysely<any>): Promise<void> {
  await table(
    db,
    'attempts',
    {
      id: 'text',
      note_id: 'text',
      target_id: 'text',
      campaign: 'text',
      round: 'integer',
      ordinal: 'integer',
      attempt: 'integer',
      opened_at: 'bigint',
      accepted: 'integer?',
      verdict: 'text?',
      judged_at: 'bigint?',
    },
    ['id'],
    { note_id: 'notes.id' },
  );
  await index(db, 'attempts', ['target_id', 'ordinal', 'round', 'attempt']);
  await table(
    db,
    'rejections',
    {
      attempt_id: 'text',
      note_id: 'text',
      campaign: 'text',
      round: 'integer',
      check_name: 'text',
      reason: 'text',
      attempt: 'integer',
    },
    ['attempt_id', 'check_name', 'reason'],
    { attempt_id: 'attempts.id' },
  );
  await index(db, 'rejections', ['note_id']);
  await index(db, 'rejections', ['campaign', 'check_name', 'reason']);
  await table(db, 'texts', { hash: 'text', text: 'text' }, ['hash']);
  await table(
    db,
    'calls',
    {
      id: 'text',
      attempt_id: 'text',
      campaign: 'text',
      tries: 'integer',
      host: 'text',
      model: 'text',
      prompt_hash: 'text',
      prompt_version: 'text',
      left_out: 'text',
      reserved_tokens: 'bigint',
      reserved_cost: 'bigint',
      state: 'text',
      failure_type: 'text?',
      http_status: 'integer?',
      input_tokens: 'integer?',
      output_tokens: 'integer?',
      cost: 'bigint?',
      opened_at: 'bigint',
      closed_at: 'bigint?',
    },
    ['id'],
    { attempt_id: 'attempts.id', prompt_hash: 'texts.hash' },
  );
  await index(db, 'calls', ['attempt_id', 'tries']);
  await index(db, 'calls', ['campaign', 'closed_at']);
  await table(
    db,
    'replies',
    {
      attempt_id: 'text',
      id: 'text',
      text_hash: 'text',
      model: 'text',
      finish_reason: 'text',
      input_tokens: 'integer',
      output_tokens: 'integer',
      cost: 'bigint',
      replied_at: 'bigint',
    },
    ['attempt_id'],
    { id: 'calls.id', text_hash: 'texts.hash' },
  );
}

async function auditTables(db: Kysely<any>): Promise<void> {
  await table(db, 'spans', {
    target_id: 'text',
    round: 'integer',
    ordinal: 'integer?',
    attempt: 'integer?',
    step: 'text',
    started_at: 'bigint',
    ended_at: 'bigint',
    run_id: 'text',
    activity_id: 'text',
    tries: 'integer',
    worker: 'text',
  });
  await index(db, 'spans', ['target_id']);
  await table(
    db,
    'executions',
    { target_id: 'text', round: 'integer', workflow_id: 'text', run_id: 'text', archived_at: 'bigint' },
    ['target_id', 'round', 'run_id'],
    { target_id: 'targets.id' },
  );
  await table(
    db,
    'commands',
    { campaign: 'text', number: 'integer', command: 'text', arguments: 'text', at: 'bigint' },
    ['campaign', 'number'],
    { campaign: 'campaigns.id' },
  );
}
