import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { openWriter } from '../from-config.ts';
import { type Ledger, openLedger } from '../adapters/ledger.ts';
import { type CampaignEngine, connectTemporal } from '../adapters/temporal.ts';
import { openCorpus } from '../corpora/open-corpus.ts';
import { DependencyFailure } from '../domain/failure.ts';
import type { CampaignStatus } from '../domain/status.ts';
import { locateParts, type Parts } from '../embedded/parts.ts';
import { type Stack, startStack } from '../embedded/stack.ts';
import type { SupervisorEvent } from '../embedded/supervise.ts';
import type { CliContext } from './context.ts';
import { freeBytes, onDisk } from './disk.ts';
import { EXIT } from './exit.ts';
import { exportCampaign } from './export.ts';
import { follow } from './follow.ts';
import { ingestCorpus } from './ingest.ts';
import { type FolderLock, folderIsTaken, takeFolder, writeRunRecord } from './lock.ts';
import { ensurePlan, refuseUnknownCodes } from './plan.ts';
import { summaryLines } from './summary.ts';

/** Codes in flight for a given concurrency: each has a few notes in flight, and some are between steps. */
const codesInFlight = (concurrency: number) => Math.min(200, Math.max(8, concurrency));

/** Notes of one code in flight at once. */
const notesPerCode = 16;

/**
 * Does everything that is missing: engines, ingest, plan, campaign, export; shows it; ends when it ends. A second run in the
 * same folder attaches to the first, and takes over if the first is killed.
 *
 * @returns an exit code: 0 done (rejections included), 1 codes failed or budget reached, 130 interrupted
 */
export async function run(context: CliContext, options: Record<string, unknown>): Promise<number> {
  if (options['detach'] === true) return detach(context);
  for (;;) {
    const lock = takeFolder(context.config.stateDir);
    if (lock !== null) return own(context, lock, options['skipBad'] === true);
    const status = await attach(context);
    if (status !== 'owner gone') return status;
  }
}

async function own(context: CliContext, lock: FolderLock, skipBad: boolean): Promise<number> {
  const { config } = context;
  const startedAt = Date.now();
  let ledger: Ledger | null = null;
  let stack: Stack | null = null;
  let engine: CampaignEngine | null = null;
  try {
    const parts = locateParts(config.cacheDir);
    refuseUnknownCodes(config, parts);
    await openCorpus(config.corpus, config.codeSystem);
    ledger = await openLedger({ path: config.ledgerPath });
    await probeWriter(context, parts);
    stack = await startStack({ config, flags: context.flags, parts }, (event) => tellEvent(context, event));
    writeRunRecord(config.stateDir, { pid: process.pid, startedAt, connections: stack.connections });
    const open = { ledger, parts, qdrant: stack.connections.qdrant };
    await ingestCorpus(context, open, { skipBad });
    if (context.signal.aborted) return interrupted(context);
    await ensurePlan(context, open);
    if (context.signal.aborted) return interrupted(context);
    let status: CampaignStatus = await ledger.status(config.campaign);
    if (status.state !== 'done') {
      await stack.startWorker();
      engine = await connectTemporal(stack.connections.temporal, ledger.ledgerId);
      status = await writeNotes(context, ledger, engine);
      if (context.signal.aborted) return interrupted(context);
    }
    return await finish(context, ledger, status, Date.now() - startedAt);
  } finally {
    await engine?.close();
    await stack?.stop();
    await ledger?.close();
    lock.release();
  }
}

/** Starts the campaign's workflow where notes are open, keeps it started, and shows it until it ends. */
async function writeNotes(context: CliContext, ledger: Ledger, engine: CampaignEngine): Promise<CampaignStatus> {
  const { config } = context;
  const look = async () => onDisk(await ledger.status(config.campaign), freeBytes(config.stateDir));
  await ledger.setBudget(config.campaign, config.budget);
  const first = await look();
  if (first.state === 'cancelled') await ledger.setControl(config.campaign, 'running');
  const start = async () =>
    engine.start({
      ledgerId: ledger.ledgerId,
      campaign: config.campaign,
      pass: 0,
      control: { paused: (await ledger.control(config.campaign)) === 'paused', order: 0 },
      window: codesInFlight(config.llm.concurrency),
      notesPerCode,
    });
  await start();
  await engine.control(config.campaign, (await ledger.control(config.campaign)) === 'paused' ? 'paused' : 'running');
  let looks = 0;
  return follow(context, look, async () => {
    looks += 1;
    if (looks % 10 !== 0) return;
    const state = await engine.state(config.campaign).catch(() => 'running' as const);
    if (state === 'failed') {
      throw new DependencyFailure(
        'defect',
        { where: 'the campaign workflow' },
        'it failed; see it in Temporal, then run again',
      );
    }
    if (state !== 'running') await start().catch(() => undefined);
  });
}

async function finish(context: CliContext, ledger: Ledger, status: CampaignStatus, elapsedMs: number): Promise<number> {
  const { config } = context;
  const exported = await exportCampaign(context, ledger, { format: 'jsonl', folder: config.output, sourceIds: false });
  context.live([]);
  if (context.json) {
    context.out(JSON.stringify(status));
  } else {
    for (const line of await summaryLines(context, ledger, status, { elapsedMs, exported })) context.out(line);
  }
  return answerOf(status);
}

/** Rejected notes are an answer; failed codes, a used-up budget and a cancelled campaign are a no. */
function answerOf({ codes, state }: CampaignStatus): number {
  return codes.failed > 0 || state !== 'done' ? EXIT.no : EXIT.done;
}

/** Follows the run that has the folder. */
async function attach(context: CliContext): Promise<number | 'owner gone'> {
  const { config } = context;
  context.talk(`another zebra run has this folder; showing its campaign ${config.campaign} (Ctrl-C leaves it running)`);
  const ownerGone = new Error('owner gone');
  let ledger: Ledger | null = null;
  try {
    while (ledger === null || !(await ledger.hasCampaign(config.campaign))) {
      if (context.signal.aborted) return EXIT.interrupted;
      if (!folderIsTaken(config.stateDir)) return 'owner gone';
      ledger ??= await openLedger({ path: config.ledgerPath });
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const opened = ledger;
    const status = await follow(
      context,
      () => opened.status(config.campaign),
      async () => {
        if (!folderIsTaken(config.stateDir)) throw ownerGone;
      },
    );
    if (context.signal.aborted) {
      context.talk('the campaign goes on without this view');
      return EXIT.interrupted;
    }
    if (context.json) context.out(JSON.stringify(status));
    return answerOf(status);
  } catch (error) {
    if (error === ownerGone) return 'owner gone';
    throw error;
  } finally {
    await ledger?.close();
  }
}

/** Asks the endpoint whether host, key and model are right before anything is started. */
async function probeWriter(context: CliContext, parts: Parts): Promise<void> {
  if (context.config.writer !== 'endpoint') return;
  await openWriter(context.config, parts).probe();
}

function detach(context: CliContext): number {
  const logs = join(context.config.stateDir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const logFile = join(logs, 'run.log');
  const log = openSync(logFile, 'a', 0o600);
  const args = process.argv.slice(1).filter((argument) => argument !== '--detach');
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  context.talk(
    `running in the background (pid ${child.pid}); zebra status --watch shows it, zebra cancel ends it, ${logFile} has its words`,
  );
  return EXIT.done;
}

function interrupted(context: CliContext): number {
  context.talk('interrupted; nothing that was committed is lost: the same command goes on');
  return EXIT.interrupted;
}

function tellEvent(context: CliContext, { part, event, detail }: SupervisorEvent): void {
  if (event === 'started') return;
  context.talk(`${part} ${event === 'exited' ? 'ended' : 'did not start'} (${detail}); starting it again`);
}
