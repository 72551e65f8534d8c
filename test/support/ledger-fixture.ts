import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallIntent, CallReply, Plan, SourceNoteInput, Span } from '../../src/activities/ports.ts';
import { openLedger } from '../../src/adapters/ledger.ts';
import type { CodeSet } from '../../src/domain/code-set.ts';
import type { Code } from '../../src/domain/icd.ts';
import { type AttemptRef, attemptId, type NoteRef, type TargetRef } from '../../src/domain/ids.ts';
import type { Revision } from '../../src/domain/revision.ts';
import type { Rejection, Verdict } from '../../src/domain/verdict.ts';

export type Ledger = Awaited<ReturnType<typeof openLedger>>;

/** A ledger under test: fresh, reopened on the same data, and thrown away with it. */
export interface LedgerUnderTest {
  readonly ledger: Ledger;
  reopen(): Promise<Ledger>;
  remove(): Promise<void>;
}

export type LedgerOpener = () => Promise<LedgerUnderTest>;

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'zebra-ledger-'));
}

export async function openTemporaryLedger(): Promise<LedgerUnderTest> {
  const folder = temporaryFolder();
  const path = join(folder, '.zebra', 'ledger.db');
  const opened = [await openLedger({ path })];
  return {
    ledger: opened[0]!,
    async reopen() {
      opened.push(await openLedger({ path }));
      return opened.at(-1)!;
    },
    async remove() {
      await Promise.all(opened.map((ledger) => ledger.close()));
      rmSync(folder, { recursive: true });
    },
  };
}

export function dx(code: string): Code {
  return { system: 'icd10cm', type: 'dx', code };
}

export function targetRef(code: string, round = 0): TargetRef {
  return { campaign: 'pilot', ...dx(code), round };
}

export function noteRef(code: string, ordinal: number, round = 0): NoteRef {
  return { ...targetRef(code, round), ordinal };
}

export function attemptRef(code: string, ordinal: number, attempt = 1, round = 0): AttemptRef {
  return { ...noteRef(code, ordinal, round), attempt };
}

/** A plan of the campaign `pilot`: few-shot codes with so many notes each, in the order given. */
export function planOf(codes: Readonly<Record<string, number>>, changes: Partial<Revision> = {}): Plan {
  const targets = Object.entries(codes).map(([code, notes]) => ({
    code: dx(code),
    tier: 'few-shot' as const,
    trainingCount: 3,
    notes,
  }));
  return { revision: { ...revision, ...changes }, targets, unplanned: [] };
}

export function spanOf(step: Span['step']): Span {
  return { step, startedAt: 1_000, endedAt: 2_000, runId: 'run', activityId: '1', tries: 1, worker: 'test' };
}

export function intentOf(attempt: AttemptRef, reserved: { tokens?: number; cost?: number } = {}): CallIntent {
  return {
    attempt,
    host: '127.0.0.1:1',
    model: 'fiction-1',
    promptHash: 'computed by the ledger',
    promptVersion: '1',
    promptText: `prompt of ${attemptId(attempt)}`,
    promptSpan: spanOf('prompt'),
    reservedTokens: reserved.tokens ?? 1_000,
    reservedCost: reserved.cost ?? 0.01,
    leftOut: ['example s2'],
  };
}

export function replyOf(text: string, tokens = { input: 600, output: 300 }, cost = 0.002): CallReply {
  return {
    text,
    model: 'fiction-1',
    finishReason: 'stop',
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    cost,
  };
}

export const accepted: Verdict = {
  accepted: true,
  checks: [{ name: 'coverage', action: 'reject', passed: true, rejections: [] }],
  evidence: [{ code: dx('E75.21'), start: 0, end: 5, mode: 'title' }],
};

export function rejectedFor(...rejections: readonly Rejection[]): Verdict {
  const checks = rejections.map((rejection) => ({
    name: rejection.check,
    action: 'reject' as const,
    passed: false,
    rejections: [rejection],
  }));
  return { accepted: false, checks, evidence: [] };
}

export const tooShort: Rejection = { check: 'form', reason: 'too-short', words: 12, limit: 80 };

export function notFound(code: string): Rejection {
  return { check: 'coverage', reason: 'not-found', code: dx(code), target: true };
}

export function codeSetOf(code: string, ordinal: number, changes: Partial<CodeSet> = {}): CodeSet {
  return {
    ordinal,
    codes: [dx(code), dx('I10')],
    strategy: 'clone',
    anchor: 's1',
    rung: null,
    sibling: null,
    dropped: [],
    sex: 'F',
    age: 61,
    examples: ['s2'],
    ...changes,
  };
}

/** Makes one paid attempt at a note and stores its verdict. */
export async function attempt(ledger: Ledger, ref: AttemptRef, verdict: Verdict, last = false): Promise<void> {
  const opened = await ledger.openCall(intentOf(ref));
  if (opened.outcome !== 'opened') throw new Error(`the call was not opened: ${opened.outcome}`);
  await ledger.closeCall(opened.callId, replyOf(`text of ${attemptId(ref)}`), spanOf('generate'));
  await ledger.saveVerdict(ref, verdict, last, spanOf('validate'));
}

export const corpus = {
  id: 'fiction',
  path: 'notes.jsonl',
  format: 'jsonl',
  restricted: false,
  codeSystem: 'icd10cm',
} as const;

/** A fictional source note; the hash follows its text, codes and split. */
export function sourceNote(id: string, changes: Partial<SourceNoteInput> = {}): SourceNoteInput {
  const note = {
    id,
    text: `Fictional note ${id} about a rare disease.`,
    codes: [dx('E75.21'), dx('I10')],
    subject: `subject of ${id}`,
    split: 'train' as const,
    sex: 'F' as const,
    age: 61,
    ordinal: 0,
    unknownCodes: [],
    ...changes,
  };
  return { hash: JSON.stringify([note.text, note.codes, note.split]), ...note };
}

const revision: Revision = {
  schemaVersion: 1,
  campaign: 'pilot',
  revision: 1,
  codeSystem: 'icd10cm',
  seed: 1,
  corpus: { id: 'fiction', format: 'jsonl', restricted: false, notes: 3, hash: 'c0ffee' },
  terminology: [{ system: 'icd10cm', type: 'dx', release: '2026' }],
  allocation: { alpha: 0.5, maxPerCode: 50, offset: 5, logBase: 'e', rounding: 'floor', zeroShot: 'max' },
  targets: { tiers: ['few-shot'], codes: [], limit: null },
  substitution: { mode: 'cleaned', maxRung: 'block' },
  writer: { kind: 'scaffold', model: 'scaffold' },
  generation: { temperature: 0.8, maxTokens: 400, words: 200 },
  lengths: { notes: 3, p10: 100, median: 200, p90: 300 },
  promptVersion: '1',
  gateVersion: '1',
  validation: {
    attempts: 3,
    coverage: { action: 'reject' },
    'label-leak': { action: 'reject' },
    copy: { action: 'reject', maxSharedTokens: 30 },
    form: { action: 'reject', minShare: 0.3, maxShare: 3 },
  },
  embedding: { provider: 'local', model: 'minilm' },
};
