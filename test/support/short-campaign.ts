import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import type { CampaignStatus } from '../../src/domain/status.ts';
import {
  type CampaignFolder,
  createCampaignFolder,
  type EndpointProcess,
  startEndpointProcess,
} from './campaign-folder.ts';
import { killHard, processesWith } from './processes.ts';

/** Twelve short notes of our own fiction, as JSON lines. Each holds {@link CANARY}. */
export const shortNotes = readFileSync(
  fileURLToPath(new URL('../fixtures/short-notes.jsonl', import.meta.url)),
  'utf8',
);

/** A place in every short note and in no table of codes: where it stands outside the ledger and the export, text has leaked. */
export const CANARY = 'Merrowgate';

/** 12 notes for 4 codes. The test endpoint's notes are long beside these short ones, which is not what is tested here. */
const settingsOver = ({ validation = {}, ...others }: Record<string, unknown>) => ({
  allocation: { maxPerCode: 3, alpha: 2 },
  targets: { tiers: ['few-shot'], limit: 4 },
  validation: { form: { maxShare: 8 }, ...(validation as object) },
  ...others,
});

/** A folder with a campaign that runs in a few seconds. */
export function createShortCampaign(
  settings: Record<string, unknown> = {},
  notes: string = shortNotes,
): Promise<CampaignFolder> {
  return createCampaignFolder(settingsOver(settings), notes);
}

export interface EndpointCampaign {
  readonly folder: CampaignFolder;
  readonly endpoint: EndpointProcess;
  /** Ends endpoint and campaign, whatever still runs, and removes the folder. */
  end(): Promise<void>;
}

/**
 * A short campaign that the test endpoint writes, two calls at once.
 *
 * @param args of the endpoint, as `['--latency', '300']`
 * @param settings zebra.yaml, over those of {@link createShortCampaign}
 */
export async function createEndpointCampaign(
  args: readonly string[] = [],
  settings: Record<string, unknown> = {},
): Promise<EndpointCampaign> {
  const folder = await createShortCampaign();
  const endpoint = await startEndpointProcess(folder.path, args);
  const llm = { baseUrl: endpoint.url, model: 'test-model', concurrency: 2, apiKeyEnv: 'TEST_ENDPOINT_KEY' };
  const yaml = parse(await folder.read('zebra.yaml')) as Record<string, unknown>;
  await folder.write('zebra.yaml', stringify({ ...yaml, writer: 'endpoint', llm, ...settingsOver(settings) }));
  return {
    folder,
    endpoint,
    async end() {
      await endpoint.stop();
      for (const { pid } of processesWith(folder.path)) killHard(pid);
      await folder.remove();
    },
  };
}

/** Milliseconds of a held call: long enough for a command to be spawned on a busy machine while it is in flight. */
const heldMs = 6_000;

export interface HeldCampaign extends EndpointCampaign {
  readonly run: ReturnType<CampaignFolder['start']>;
  /** Lets the endpoint answer at once from now on. */
  letGo(): Promise<void>;
}

/**
 * A campaign under way: a few notes are written, most are not, and from now on the endpoint takes seconds for each call, so
 * that the campaign cannot end before it is let go.
 */
export async function startHeldCampaign(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<HeldCampaign> {
  const campaign = await createEndpointCampaign(['--latency', '200', ...args]);
  const { folder, endpoint } = campaign;
  const run = folder.start(['run'], env);
  if (!(await until(async () => (await endpoint.stats()).answered >= 2))) {
    await campaign.end();
    throw new Error('the campaign did not begin to write');
  }
  await endpoint.control({ latency: heldMs });
  return { ...campaign, run, letGo: () => endpoint.control({ latency: 0 }) };
}

/** What `zebra status --json` says; null while it says nothing yet. */
export async function statusOf(folder: CampaignFolder): Promise<CampaignStatus | null> {
  const { code, stdout } = await folder.zebra('status', '--json');
  return code === 2 ? null : (JSON.parse(stdout) as CampaignStatus);
}

/** Looks until `wanted` holds; the last status seen when it does not within `withinMs`. */
export async function statusWhen(
  folder: CampaignFolder,
  wanted: (status: CampaignStatus) => boolean,
  withinMs = 40_000,
): Promise<CampaignStatus | null> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const status = await statusOf(folder);
    if ((status !== null && wanted(status)) || Date.now() > deadline) return status;
    await sleep(200);
  }
}

/** Looks until `done`, or `withinMs` have passed. */
export async function until(done: () => boolean | Promise<boolean>, withinMs = 40_000): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (!(await done())) {
    if (Date.now() > deadline) return false;
    await sleep(100);
  }
  return true;
}

/** Processes of the folder's campaign, once those that are just ending have had a moment. */
export async function orphansOf(folder: CampaignFolder): Promise<string[]> {
  const ours = () => processesWith(folder.path).filter(({ command }) => !command.includes('endpoint-main.ts'));
  await until(() => ours().length === 0, 10_000);
  return ours().map(({ command }) => command);
}
