import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CANARIES, IDENTIFIERS, TRAINING_IDS } from '../support/canary-corpus.ts';
import { type CanaryCampaign, createCanaryCampaign } from '../support/canary-campaign.ts';
import { type Endpoint, type Fault, startEndpoint } from '../support/endpoint.ts';
import { pointsOf, type ToldWorkflow, workflowsOf } from '../support/finished-campaign.ts';
import { cellsOf, createLeakScanner, filesBelow } from '../support/leak-scan.ts';
import { descendants, killHard } from '../support/processes.ts';

const llmKey = `sk-${randomBytes(18).toString('hex')}`;
const scanner = createLeakScanner(CANARIES);
const isLedger = (path: string): boolean => /^ledger\.db(-wal|-shm)?$/.test(path);

/** Every fault that answers at once, each met by one of the first calls. The kill comes after the first few, which it must not cut off. */
const faults: Fault[] = [
  'redirect',
  'forbidden',
  'copy',
  'refused',
  'server-error',
  'not-json',
  'reset',
  'truncated',
  'rate-limited',
  'empty',
  'no-choices',
  'context-length',
  'codes',
  'length',
  'language',
  'missing',
];
const callsBeforeKill = 12;

/** Commands that a person may give while the campaign runs. */
const whileRunning = ['doctor', 'doctor --json', 'config', 'config --json', 'list', 'plan', 'notes list', 'status'];

/** What remains when it has ended; `CODE` is a target of it. */
const afterwards = ['audit CODE', 'audit CODE --json', 'status --json', 'export --format caml --out out/caml'];

/** Waits for the calls, looks at the processes and the files of the running campaign, and kills its worker. */
async function strikeWorker({ stateDir }: CanaryCampaign, runPid: number): Promise<void> {
  await vi.waitUntil(() => endpoint.stats().calls >= callsBeforeKill, { timeout: 90_000, interval: 50 });
  const below = descendants(runPid);
  argumentsSeen.push(...below.map(({ command }) => command));
  for (const path of filesBelow(stateDir)) {
    modesSeen.set(path, statSync(path, { throwIfNoEntry: false })?.mode ?? 0);
  }
  const worker = below.find(({ command }) => command.includes('src/worker.ts'));
  if (worker === undefined) throw new Error('no worker runs');
  killHard(worker.pid);
}

async function sayAfterwards({ say, ledgerRows }: CanaryCampaign): Promise<void> {
  const [code] = ledgerRows('SELECT code AS it FROM targets ORDER BY position');
  for (const command of afterwards) await say(command.replace('CODE', code ?? ''));
}

const argumentsSeen: string[] = [];
const modesSeen = new Map<string, number>();
const requests: string[] = [];
let endpoint: Endpoint;
let byEndpoint: CanaryCampaign;
let byScaffold: CanaryCampaign;
let campaigns: readonly CanaryCampaign[];
let histories: readonly ToldWorkflow[];

beforeAll(async () => {
  endpoint = await startEndpoint({
    latency: 60,
    apiKey: llmKey,
    retryAfter: '0',
    next: [...faults],
    onRequest: (body) => requests.push(body),
  });
  const env = { OPENAI_API_KEY: llmKey };
  const llm = { baseUrl: endpoint.url, model: 'test-model', concurrency: 4 };
  byEndpoint = await createCanaryCampaign({ writer: 'endpoint', llm }, env);
  byScaffold = await createCanaryCampaign({ corpus: { path: 'notes.jsonl', restricted: true } }, env);
  campaigns = [byEndpoint, byScaffold];
  const struck = async (): Promise<void> => {
    await byEndpoint.say('run');
    await byEndpoint.say('run --skip-bad', async (pid) => {
      await strikeWorker(byEndpoint, pid);
      for (const command of whileRunning) await byEndpoint.say(command);
    });
    await sayAfterwards(byEndpoint);
    for (const command of ['replay --dry-run', 'replay --json']) await byEndpoint.say(command);
  };
  const plain = async (): Promise<void> => {
    await byScaffold.say('ingest');
    await byScaffold.say('run --skip-bad --json');
    await sayAfterwards(byScaffold);
  };
  await Promise.all([struck(), plain()]);
  histories = [...(await workflowsOf(byEndpoint.stateDir)), ...(await workflowsOf(byScaffold.stateDir))];
}, 180_000);

afterAll(async () => {
  await endpoint.close();
  for (const { folder } of [byEndpoint, byScaffold]) await folder.remove();
});

describe('text of the corpus stays in the ledger', () => {
  test('in campaigns that met every fault and a killed worker, and ended', () => {
    expect(byEndpoint.exitCodes.get('run')).toBe(2);
    expect(byEndpoint.said.get('run')).toContain('notes.jsonl:17: not valid JSON');
    expect(byEndpoint.said.get('run --skip-bad')).toContain(`left out:`);
    expect(byEndpoint.said.get('run --skip-bad')).toContain('worker ended (signal SIGKILL)');
    expect(JSON.parse(byEndpoint.said.get('status --json') ?? '')).toMatchObject({ state: 'done' });
    expect(byScaffold.exitCodes.get('run --skip-bad --json'), byScaffold.said.get('run --skip-bad --json')).toBe(0);
    expect(endpoint.settings.next).toEqual([]);
    const types = byEndpoint.ledgerRows('SELECT DISTINCT failure_type AS it FROM calls WHERE failure_type IS NOT NULL');
    expect(types).toEqual(
      expect.arrayContaining([
        'egress-refused',
        'unauthorized',
        'request-refused',
        'endpoint-unavailable',
        'reply-cut',
      ]),
    );
  });

  test('and is there, so that a scan can find it', () => {
    const ledger = cellsOf(byEndpoint.folder.ledgerPath);
    for (const [group, texts] of Object.entries(CANARIES)) {
      for (const text of texts) expect(ledger.includes(text), text).toBe(group !== 'bad line');
    }
    expect(scanner.scanFolder(byEndpoint.stateDir, (path) => !isLedger(path))).not.toEqual([]);
  });

  test('it is in no other file of the state folder, whatever its form', () => {
    for (const { stateDir } of campaigns) {
      expect(scanner.scanFolder(stateDir, isLedger)).toEqual([]);
    }
  });

  test('what Temporal and Qdrant were given lies in their files in a form that a scan can read', () => {
    for (const { stateDir } of campaigns) {
      expect(cellsOf(join(stateDir, 'temporal.db')).includes('"campaign":"test"')).toBe(true);
      const ofIndex = filesBelow(join(stateDir, 'qdrant')).filter((path) => readFileSync(path).includes('train-0'));
      expect(ofIndex).not.toEqual([]);
    }
  });

  test('a scan of the same files finds a canary that is planted in any of them', () => {
    const copy = mkdtempSync(join(tmpdir(), 'zebra-planted-'));
    try {
      cpSync(byScaffold.stateDir, copy, { recursive: true });
      const database = new DatabaseSync(join(copy, 'temporal.db'));
      database.prepare('CREATE TABLE planted (a BLOB)').run();
      const payload = Buffer.concat([randomBytes(9_000), Buffer.from(CANARIES.training[4])]);
      database.prepare('INSERT INTO planted VALUES (?)').run(payload);
      database.close();
      const planted = ['temporal.db'];
      for (const path of ['logs/worker.jsonl', 'run.json', 'lock']) {
        const content = readFileSync(join(copy, path));
        writeFileSync(join(copy, path), Buffer.concat([content, Buffer.from(CANARIES.test[3])]));
        planted.push(path);
      }
      const found = scanner.scanFolder(copy, isLedger);
      for (const path of planted) expect(found.join('\n')).toContain(path);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test('no command said it', () => {
    for (const { said } of campaigns) {
      expect(said.size).toBeGreaterThan(5);
      for (const [command, words] of said) expect(scanner.scan(command, words)).toEqual([]);
    }
  });

  test('Temporal knows nothing of it, in any decoded payload, failure, stack trace or attribute', () => {
    const failures = histories.filter(({ text }) => text.includes('request-refused'));
    expect(failures.length).toBeGreaterThan(0);
    expect(new Set(histories.map(({ type }) => type))).toEqual(new Set(['campaign', 'shard', 'code']));
    for (const { workflowId, events, text } of histories) {
      expect(events).toBeGreaterThan(4);
      expect(text.includes('"campaign":"test"')).toBe(true);
      expect(scanner.scan(workflowId, text)).toEqual([]);
    }
  });

  test('no manifest and no exported note holds it', () => {
    for (const { folder } of campaigns) {
      const files = filesBelow(join(folder.path, 'out'));
      expect(files.filter((path) => path.includes('manifest')).length).toBeGreaterThan(1);
      expect(scanner.scanFolder(join(folder.path, 'out'))).toEqual([]);
    }
  });
});

describe('the index', () => {
  test.each([0, 1])('holds training notes only, and of them ids and codes only', async (which) => {
    const points = await pointsOf(campaigns[which]!.stateDir);
    expect([...new Set(points.map(({ payload }) => payload.noteId))].sort()).toEqual(TRAINING_IDS);
    for (const { payload } of points) expect(Object.keys(payload).sort()).toEqual(['chunk', 'codes', 'noteId']);
    expect(scanner.scan('points', JSON.stringify(points))).toEqual([]);
  });
});

describe('the prompts', () => {
  const heldOut = createLeakScanner({
    validation: CANARIES.validation,
    test: CANARIES.test,
    'bad line': CANARIES['bad line'],
    identifier: IDENTIFIERS,
    meta: CANARIES.meta,
    subject: CANARIES.subject,
  });

  test('show training notes, without what identifies a patient, and nothing of other splits', () => {
    const sent = requests.join('\n');
    expect(sent).toContain(CANARIES.training[0]);
    expect(heldOut.scan('requests', sent)).toEqual([]);
  });

  test('are kept as they were sent: nothing else is among the texts of the ledger', () => {
    for (const { ledgerRows } of campaigns) {
      const texts = ledgerRows('SELECT text AS it FROM texts').join('\n');
      expect(texts).toContain('STYLE EXAMPLES');
      expect(heldOut.scan('texts', texts)).toEqual([]);
    }
  });

  test('take anchors and examples from training notes only', () => {
    for (const { ledgerRows } of campaigns) {
      const sets = ledgerRows('SELECT json AS it FROM code_sets').map(
        (json) => JSON.parse(json) as { anchor: string; examples: string[] },
      );
      expect(sets.length).toBeGreaterThan(0);
      for (const { anchor, examples } of sets)
        expect(TRAINING_IDS).toEqual(expect.arrayContaining([anchor, ...examples]));
    }
  });

  test('that an endpoint copies from make rejected notes', () => {
    const copies = byEndpoint.ledgerRows("SELECT reason AS it FROM rejections WHERE check_name = 'copy'");
    expect(copies).toContain('shared-run');
  });
});

describe('keys', () => {
  test('the endpoint key is in no file, no history, no output and no process arguments', () => {
    const forKey = createLeakScanner({ key: [llmKey] });
    expect(requests.length).toBeGreaterThan(faults.length);
    expect(forKey.scanFolder(byEndpoint.folder.path)).toEqual([]);
    expect(forKey.scan('output', [...byEndpoint.said.values()].join('\n'))).toEqual([]);
    expect(forKey.scan('histories', Buffer.concat(histories.map(({ text }) => text)))).toEqual([]);
    expect(forKey.scan('arguments', argumentsSeen.join('\n'))).toEqual([]);
    expect(argumentsSeen.join('\n')).toContain('sidecar.py');
  });

  test('a key that the endpoint refuses, or that no header can hold, is not quoted', async () => {
    for (const key of [`${llmKey}7`, `${llmKey} \u00e9`]) {
      const { code, stdout, stderr } = await byEndpoint.folder.start(['doctor'], { OPENAI_API_KEY: key }).ended;
      expect(code).toBe(3);
      expect(stdout).toContain('unauthorized');
      expect(createLeakScanner({ key: [llmKey] }).scan('doctor', stdout + stderr)).toEqual([]);
    }
  });

  test('the key of the embedded index is in run.json and nowhere else', () => {
    const { connections } = JSON.parse(readFileSync(join(byEndpoint.stateDir, 'run.json'), 'utf8')) as {
      connections: { qdrant: { apiKey: string } };
    };
    const { apiKey } = connections.qdrant;
    expect(apiKey.length).toBeGreaterThan(20);
    const forKey = createLeakScanner({ key: [apiKey] });
    expect(forKey.scanFolder(byEndpoint.folder.path, (path) => path === '.zebra/run.json')).toEqual([]);
    expect(forKey.scan('arguments', argumentsSeen.join('\n'))).toEqual([]);
    expect(forKey.scan('output', [...byEndpoint.said.values()].join('\n'))).toEqual([]);
  });
});

describe('files', () => {
  const othersMay = (mode: number): number => mode & 0o077;

  test('the state folder is its owner’s alone', () => {
    for (const { stateDir } of campaigns) expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  });

  test('what holds text or keys is readable by its owner only, also while the campaign runs', () => {
    const secret = /\/(ledger\.db.*|run\.json|pseudonym-key|logs\/[^/]+)$/;
    const running = [...modesSeen].filter(([path]) => secret.test(path));
    expect(running.map(([path]) => path).join()).toContain('ledger.db-wal');
    for (const [path, mode] of running) expect(othersMay(mode), path).toBe(0);
    for (const { folder, stateDir } of campaigns) {
      const files = [
        ...filesBelow(stateDir).filter((path) => secret.test(path)),
        ...filesBelow(join(folder.path, 'out')),
      ];
      expect(files.length).toBeGreaterThan(8);
      for (const path of files) expect(othersMay(statSync(path).mode), path).toBe(0);
    }
  });
});
