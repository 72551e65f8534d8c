import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NoteEntry } from '../../src/adapters/ledger.ts';
import type { CampaignFolder, Ended } from '../support/campaign-folder.ts';
import { CANARY, createEndpointCampaign, type EndpointCampaign } from '../support/short-campaign.ts';

let campaign: EndpointCampaign;
let folder: CampaignFolder;
let run: Ended;

/** One campaign for the whole file: the commands here only read. Of its 12 notes one ends rejected. */
beforeAll(async () => {
  campaign = await createEndpointCampaign([], { validation: { attempts: 1 }, budget: { cost: 50 } });
  folder = campaign.folder;
  await campaign.endpoint.control({ next: ['language'] });
  run = await folder.start(['run', '--json'], { ZEBRA_LLM_PRICE_INPUT: '1', ZEBRA_LLM_PRICE_OUTPUT: '10' }).ended;
}, 100_000);
afterAll(() => campaign.end());

/** Runs a command that must answer; its whole standard output as JSON. */
async function json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const { code, stdout } = await folder.zebra(...args, '--json');
  expect(code).toBe(0);
  return JSON.parse(stdout) as T;
}

const whole = expect.any(Number) as number;

describe('zebra status --json', () => {
  test('has the keys that others build on', async () => {
    expect(await json('status')).toEqual({
      schemaVersion: 1,
      ledgerId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      campaign: 'test',
      revision: 1,
      state: 'done',
      reason: null,
      codes: { total: 4, done: 3, rejected: 1, failed: 0, active: 0, pending: 0 },
      notes: { planned: 12, accepted: 11, rejected: 1, failed: 0, pending: 0 },
      llm: { calls: 12, inputTokens: whole, outputTokens: whole, cost: whole },
      budget: { cost: 50, tokens: null, reservedCost: 0, reservedTokens: 0 },
      tiers: { 'few-shot': { codes: 4, planned: 12, accepted: 11 } },
      eta: null,
    });
  });

  test('is what zebra run --json says at its end, and the price is in its cost', async () => {
    expect({ code: run.code, signal: run.signal }).toEqual({ code: 0, signal: null });
    expect(JSON.parse(run.stdout)).toEqual(await json('status'));
    const { llm } = await json<{ llm: { inputTokens: number; outputTokens: number; cost: number } }>('status');
    expect(llm.cost).toBeCloseTo((llm.inputTokens + 10 * llm.outputTokens) / 1e6, 9);
  });
});

test('zebra run again finds nothing to do, pays nothing, and gives the same export', async () => {
  const before = await folder.read('out/test/notes.jsonl');
  const again = await folder.start(['run']).ended;
  expect(again.code).toBe(0);
  expect(await folder.read('out/test/notes.jsonl')).toBe(before);
  expect((await campaign.endpoint.stats()).calls).toBe(12);
});

describe('zebra plan', () => {
  test('--json holds the frozen plan', async () => {
    expect(await json('plan')).toMatchObject({
      schemaVersion: 1,
      campaign: 'test',
      notes: 12,
      codes: 4,
      beyondLimit: 19,
      unplanned: [],
      estimate: { calls: whole, cost: whole, inputTokens: whole, outputTokens: whole, seconds: whole },
      revision: { revision: 1, writer: { kind: 'endpoint', model: 'test-model' } },
    });
  });

  test('--dry-run writes nothing', async () => {
    const dry = await folder.zebra('plan', '--dry-run', '--campaign', 'another');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/campaign another: 12 notes for 4 codes/);
    expect(dry.stderr).toContain('a dry run: nothing was written');
    expect(await json<unknown[]>('list')).toHaveLength(1);
    expect((await folder.zebra('status', '--campaign', 'another')).code).toBe(2);
  });

  test('that would change what the campaign was planned with is refused, and says in what', async () => {
    const { code, stderr } = await folder.start(['plan'], { ZEBRA_SEED: '9' }).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/zebra: +seed: planned with 1, now 9\n/);
  });
});

test('zebra list names the campaigns of the folder', async () => {
  expect(await json('list')).toEqual([
    expect.objectContaining({ campaign: 'test', state: 'done', notes: expect.objectContaining({ accepted: 11 }) }),
  ]);
  expect((await folder.zebra('list')).stdout).toMatch(/^test +done +11\/12 accepted/);
});

test('zebra config gives every setting with its value and where it stands, and no secret', async () => {
  const settings = await json<{ setting: string; value: unknown; origin: string }[]>('config');
  const of = (name: string) => settings.find(({ setting }) => setting === name);
  expect(of('llm.model')).toMatchObject({
    value: 'test-model',
    origin: expect.stringMatching(/^zebra\.yaml:\d+:\d+$/),
  });
  expect(of('seed')).toMatchObject({ value: 1, origin: 'default' });
  const { stdout } = await folder.start(['config', '--limit', '3'], { TEST_ENDPOINT_KEY: 'sk-secret' }).ended;
  expect(stdout).toMatch(/targets\.limit +3 +\(flag targets\.limit\)/);
  expect(stdout).not.toContain('sk-secret');
});

test('zebra doctor finds a folder in order, and says what is not', async () => {
  const { ok, findings } = await json<{ ok: boolean; findings: { what: string; verdict: string }[] }>('doctor');
  expect(ok).toBe(true);
  expect(findings.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['node', 'parts', 'corpus', 'disk', 'ledger', 'writer', 'qdrant', 'temporal']),
  );
  const bad = await folder.zebra('doctor', '--json', '--llm-base-url', 'http://127.0.0.1:9/v1');
  expect(bad.code).toBe(3);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    ok: false,
    findings: expect.arrayContaining([
      { what: 'writer', verdict: 'bad', says: expect.stringContaining('llm.baseUrl') },
    ]),
  });
});

describe('zebra notes', () => {
  test('list gives notes by state and by code, with the reason of each', async () => {
    const all = await json<NoteEntry[]>('notes', 'list');
    expect(all).toHaveLength(12);
    const rejected = await json<NoteEntry[]>('notes', 'list', '--state', 'rejected');
    expect(rejected).toEqual([expect.objectContaining({ state: 'rejected', reason: 'form/language' })]);
    const code = all[0]?.target.code ?? '';
    expect(await json<NoteEntry[]>('notes', 'list', '--code', code)).toHaveLength(3);
  });

  test('show gives one note with text, evidence, checks and lineage', async () => {
    const [first] = await json<NoteEntry[]>('notes', 'list', '--state', 'accepted');
    const note = await json<{ text: string; verdict: { evidence: object[]; checks: object[] }; codeSet: object }>(
      'notes',
      'show',
      first?.id ?? '',
    );
    expect(note).toMatchObject({ id: first?.id, state: 'accepted', codeSet: { strategy: 'clone' } });
    expect(note.text.length).toBeGreaterThan(50);
    expect(note.verdict.evidence.length).toBeGreaterThan(0);
    expect(note.verdict.checks.length).toBeGreaterThan(3);
    const { stdout } = await folder.zebra('notes', 'show', first?.id ?? '');
    expect(stdout).toMatch(/lineage: clone, anchor s-\d\d/);
    expect(stdout).toMatch(/passed {2}coverage/);
  });

  test('show --prompt gives what the model was asked, target first', async () => {
    const [first] = await json<NoteEntry[]>('notes', 'list', '--state', 'accepted');
    const { prompt } = await json<{ prompt: string }>('notes', 'show', first?.id ?? '', '--prompt');
    expect(/^- (\S+) ./m.exec(prompt)?.[1]).toBe(first?.target.code);
    const { stdout } = await folder.zebra('notes', 'show', first?.id ?? '', '--prompt');
    expect(stdout.trimEnd().endsWith(prompt.trimEnd())).toBe(true);
  });

  test('show of an unknown id says how to find the right one', async () => {
    const { code, stdout, stderr } = await folder.zebra('notes', 'show', 'nobody');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/zebra notes list shows the ids/);
  });
});

describe('zebra audit', () => {
  test('--json gives every attempt of a code with calls, spans, verdict and Temporal run', async () => {
    const [rejected] = await json<NoteEntry[]>('notes', 'list', '--state', 'rejected');
    const found = await json('audit', rejected?.target.code ?? '');
    expect(found).toMatchObject({
      schemaVersion: 1,
      planned: 3,
      spend: { calls: 3 },
      rounds: [
        { round: 0, executions: [{ workflowId: expect.stringContaining('/test/'), runId: expect.any(String) }] },
      ],
    });
    const notes = found['notes'] as { history: { calls: object[]; spans: { step: string }[] }[] }[];
    expect(notes).toHaveLength(3);
    for (const { history } of notes) {
      expect(history).toHaveLength(1);
      expect(history[0]).toMatchObject({ calls: [{ state: 'replied', model: 'test-model', cost: whole }] });
      expect(history[0]?.spans.map(({ step }) => step)).toEqual(
        expect.arrayContaining(['prompt', 'generate', 'validate']),
      );
    }
    expect(JSON.stringify(found)).toContain('"reason":"language"');
    expect(JSON.stringify(found)).not.toContain(CANARY);
  });

  test('of a code that is no target, or no code, says so', async () => {
    const stranger = await folder.zebra('audit', 'Z99.2');
    expect(stranger.code).toBe(2);
    expect(stranger.stderr).toMatch(/icd10cm\/dx\/Z99\.2 is no target of campaign test; zebra plan lists the targets/);
    expect((await folder.zebra('audit', '???')).code).toBe(2);
  });
});

describe('zebra export', () => {
  test('--format caml writes the accepted notes, their labels and a manifest', async () => {
    const { notes, file } = await json<{ notes: number; file: string }>('export', '--format', 'caml', '--out', 'caml');
    expect(notes).toBe(11);
    const rows = readFileSync(file, 'utf8').trim().split('\n');
    expect(rows[0]).toBe('SUBJECT_ID,HADM_ID,TEXT,LABELS,length');
    expect(rows).toHaveLength(12);
    expect(rows[1]).toMatch(/^-1,-1,[a-z0-9_ ]+,[A-Z0-9.;]+,\d+$/);
    expect(readdirSync(join(folder.path, 'caml')).toSorted()).toEqual([
      'ALL_CODES.txt',
      'train_full.csv',
      'train_full.manifest.json',
    ]);
  });

  test('names anchors by pseudonyms that another export repeats, and by their ids only when asked', async () => {
    type Row = { provenance: { anchor: string } };
    const anchors = async (...args: string[]): Promise<string[]> => {
      const { file } = await json<{ file: string }>('export', ...args);
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      return lines.map((line) => (JSON.parse(line) as Row).provenance.anchor);
    };
    const first = await anchors('--out', 'one');
    expect(first).toHaveLength(11);
    for (const anchor of first) expect(anchor).toMatch(/^src-[0-9a-f]{16}$/);
    expect(await anchors('--out', 'two')).toEqual(first);
    for (const anchor of await anchors('--out', 'three', '--source-ids')) expect(anchor).toMatch(/^s-\d\d$/);
  });
});

test('a command that zebra does not know, and a wrong option, end with 2 and name the nearest', async () => {
  expect(await folder.zebra('staus')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('status') });
  expect(await folder.zebra('run', '--detatch')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--detach'),
  });
});

test('zebra worker refuses to write a planned campaign with another writer, before it serves anything', async () => {
  const engines = { ZEBRA_TEMPORAL_ADDRESS: '127.0.0.1:9', ZEBRA_QDRANT_URL: 'http://127.0.0.1:9' };
  const { code, stderr } = await folder.start(['worker', '--writer', 'scaffold'], engines).ended;
  expect(code).toBe(2);
  expect(stderr).toContain('campaign test was planned for writer endpoint (test-model)');
  expect(stderr).not.toContain('serving');
});
