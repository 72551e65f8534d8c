import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const endpointProgram = fileURLToPath(new URL('./endpoint-main.ts', import.meta.url));
const pilotNotes = fileURLToPath(new URL('../../examples/pilot/notes.jsonl', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a zebra.yaml of its own, in which commands run as a user would type them. */
export interface CampaignFolder {
  readonly path: string;
  readonly ledgerPath: string;
  /** Starts `zebra …` and leaves it running. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess & { readonly ended: Promise<Ended> };
  /** Runs `zebra …` to its end. */
  zebra(...args: string[]): Promise<Ended>;
  write(name: string, content: string): Promise<void>;
  read(name: string): Promise<string>;
  remove(): Promise<void>;
}

/**
 * @param settings zebra.yaml, over a small default campaign
 * @param notes the corpus as JSON lines; the first 40 notes of the pilot when left out
 */
export async function createCampaignFolder(
  settings: Record<string, unknown> = {},
  notes: string = firstPilotNotes(40),
): Promise<CampaignFolder> {
  const path = await mkdtemp(join(tmpdir(), 'zebra-campaign-'));
  const yaml = {
    version: 1,
    campaign: 'test',
    codeSystem: 'icd10cm',
    corpus: { path: 'notes.jsonl', format: 'jsonl' },
    allocation: { maxPerCode: 4 },
    targets: { tiers: ['few-shot'], limit: 6 },
    writer: 'scaffold',
    ...settings,
  };
  await writeFile(join(path, 'zebra.yaml'), stringify(yaml));
  await writeFile(join(path, 'notes.jsonl'), notes);

  const start: CampaignFolder['start'] = (args, env = {}) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: path,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    const ended = new Promise<Ended>((resolve) =>
      child.once('close', (code, signal) => resolve({ code, signal, ...output })),
    );
    return Object.assign(child, { ended });
  };
  return {
    path,
    ledgerPath: join(path, '.zebra', 'ledger.db'),
    start,
    zebra: (...args) => start(args).ended,
    write: (name, content) => writeFile(join(path, name), content),
    read: (name) => readFile(join(path, name), 'utf8'),
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The first notes of the pilot corpus (fiction), as JSON lines. */
export function firstPilotNotes(count: number): string {
  return `${readFileSync(pilotNotes, 'utf8').split('\n').slice(0, count).join('\n')}\n`;
}

export interface EndpointProcess {
  readonly url: string;
  /** JSON lines: a call, then answered or aborted. */
  readonly log: string;
  /** Changes how it behaves from now on. */
  control(settings: Record<string, unknown>): Promise<void>;
  stats(): Promise<{ calls: number; answered: number; aborted: number; mostInFlight: number }>;
  stop(): Promise<void>;
}

/** Flags that make `zebra run` write by a test endpoint. */
export function endpointFlags({ url }: Pick<EndpointProcess, 'url'>, concurrency: number): string[] {
  return [
    '--writer',
    'endpoint',
    '--llm-base-url',
    url,
    '--llm-model',
    'test-model',
    '--concurrency',
    String(concurrency),
  ];
}

/** Starts the test endpoint in a process of its own. */
export async function startEndpointProcess(folder: string, args: readonly string[] = []): Promise<EndpointProcess> {
  const log = join(folder, 'endpoint.jsonl');
  const child = spawn(process.execPath, [endpointProgram, '--log', log, '--watch', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [first] = await Array.fromAsync(take(lines, 1));
  const { url } = JSON.parse(first ?? '{}') as { url: string };
  const root = url.replace(/\/v1$/, '');
  return {
    url,
    log,
    async control(settings) {
      await fetch(`${root}/__control`, { method: 'POST', body: JSON.stringify(settings) });
    },
    stats: async () => (await (await fetch(`${root}/__stats`)).json()) as Awaited<ReturnType<EndpointProcess['stats']>>,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

async function* take<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  let taken = 0;
  for await (const item of items) {
    yield item;
    taken += 1;
    if (taken >= count) return;
  }
}
