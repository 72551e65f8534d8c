import { setTimeout as sleep } from 'node:timers/promises';
import { randomOf } from '../../src/domain/seed.ts';
import { createCampaignFolder, endpointFlags, firstPilotNotes, startEndpointProcess } from './campaign-folder.ts';
import { type Invariants, readInvariants } from './invariants.ts';
import { descendants, killHard, processesWith } from './processes.ts';

/** What a round may kill; `everything` is every process at once, `zebra run` included. */
export const VICTIMS = ['worker', 'temporal', 'qdrant', 'everything'] as const;
export type Victim = (typeof VICTIMS)[number];

const commandOf: Record<Exclude<Victim, 'everything'>, string> = {
  worker: 'src/worker.ts',
  temporal: 'server start-dev',
  qdrant: 'sidecar.py',
};

export interface ChaosReport extends Invariants {
  readonly kills: readonly { readonly victim: Victim; readonly hit: boolean; readonly afterMs: number }[];
  readonly concurrency: number;
  /** Processes of the campaign that lived on after its end. */
  readonly orphans: number;
  readonly exitCode: number | null;
  readonly elapsedMs: number;
}

export interface ChaosOptions {
  readonly seed: number;
  readonly victims: readonly Victim[];
  readonly targets?: number;
  readonly latencyMs?: number;
  readonly concurrency?: number;
}

/** Runs one campaign against the test endpoint, kills the victims one by one at random moments, and reads what is left. */
export async function chaosCampaign({
  seed,
  victims,
  targets = 16,
  latencyMs = 300,
  concurrency = 6,
}: ChaosOptions): Promise<ChaosReport> {
  const random = randomOf('chaos', seed);
  const folder = await createCampaignFolder({ allocation: { alpha: 5, maxPerCode: 10 } }, firstPilotNotes(40));
  const endpoint = await startEndpointProcess(folder.path, ['--latency', String(latencyMs), '--seed', String(seed)]);
  const startedAt = Date.now();
  const kills: { victim: Victim; hit: boolean; afterMs: number }[] = [];
  const args = ['run', ...endpointFlags(endpoint, concurrency), '--limit', String(targets)];
  try {
    let run = folder.start(args);
    for (const victim of victims) {
      const callsBefore = (await endpoint.stats()).calls;
      await until(async () => run.exitCode !== null || (await endpoint.stats()).calls > callsBefore, 90_000);
      await sleep(random.next() * 1_500);
      if (run.exitCode !== null) break;
      kills.push({ victim, hit: strike(victim, run.pid ?? 0), afterMs: Date.now() - startedAt });
      if (victim !== 'everything') continue;
      await run.ended;
      run = folder.start(args);
    }
    const { code } = await run.ended;
    await until(async () => processesWith(folder.path).filter(isOurs).length === 0, 10_000);
    const orphans = processesWith(folder.path).filter(isOurs).length;
    return {
      ...readInvariants(folder.ledgerPath, endpoint.log),
      kills,
      concurrency,
      orphans,
      exitCode: code,
      elapsedMs: Date.now() - startedAt,
    };
  } finally {
    await endpoint.stop();
    for (const { pid } of processesWith(folder.path).filter(isOurs)) killHard(pid);
    await folder.remove();
  }
}

const isOurs = ({ command }: { command: string }) => !command.includes('endpoint-main.ts');

function strike(victim: Victim, runPid: number): boolean {
  const below = descendants(runPid);
  if (victim === 'everything') {
    for (const pid of [runPid, ...below.map((process) => process.pid)]) killHard(pid);
    return true;
  }
  // The keeper's command line holds the server's: the server itself is the one that is not Node.
  const prey = below.filter(({ command }) => command.includes(commandOf[victim]) && !command.includes('keeper.ts'));
  for (const { pid } of prey) killHard(pid);
  return prey.length > 0;
}

async function until(done: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline && !(await done())) await sleep(100);
}
