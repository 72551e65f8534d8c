import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  createCampaignFolder,
  endpointFlags,
  firstPilotNotes,
  startEndpointProcess,
} from '../test/support/campaign-folder.ts';
import { callSpan } from './call-span.ts';

/**
 * The rate of the whole path against an endpoint in a process of its own: `zebra run` as a user types it, every check on.
 *
 * `node bench/rate.ts` prints both measures: 2 s latency at concurrency 64, and zero latency.
 */
const { values } = parseArgs({ options: { notes: { type: 'string', default: '1200' }, only: { type: 'string' } } });

interface Case {
  readonly name: string;
  readonly latencyMs: number;
  readonly concurrency: number;
  readonly notes: number;
}

const cases: readonly Case[] = [
  { name: 'latency', latencyMs: 2_000, concurrency: 64, notes: Number(values.notes) },
  { name: 'zero-latency', latencyMs: 0, concurrency: 64, notes: Number(values.notes) * 2 },
];

const perCode = 12;
console.log(`${cpus().length} cores, ${cpus()[0]?.model}, node ${process.version}`);
let missed = 0;
for (const entry of cases) {
  if (values.only !== undefined && values.only !== entry.name) continue;
  const { notesPerSecond, status, seconds } = await measure(entry);
  const ideal = entry.latencyMs === 0 ? null : entry.concurrency / (entry.latencyMs / 1000);
  const wanted = ideal === null ? 60 : 0.95 * ideal;
  const reached = notesPerSecond >= wanted;
  if (!reached) missed += 1;
  const share =
    ideal === null ? '' : ` = ${((100 * notesPerSecond) / ideal).toFixed(1)}% of ${ideal} (concurrency / latency)`;
  console.log(
    `${entry.name}: ${status.notes.accepted} accepted, ${status.notes.rejected} rejected of ${status.notes.planned} in ${seconds.toFixed(1)} s: ${notesPerSecond.toFixed(1)} notes/s${share}; wanted ${wanted.toFixed(1)}: ${reached ? 'reached' : 'MISSED'}`,
  );
}
process.exitCode = missed === 0 ? 0 : 1;

async function measure({ latencyMs, concurrency, notes }: Case) {
  const codes = Math.ceil(notes / perCode);
  const folder = await createCampaignFolder(
    { allocation: { maxPerCode: perCode, alpha: 5 }, targets: { tiers: ['few-shot', 'tail'], limit: codes } },
    firstPilotNotes(1_000),
  );
  const endpoint = await startEndpointProcess(folder.path, ['--latency', String(latencyMs)]);
  try {
    const run = await folder.zebra('run', '--json', ...endpointFlags(endpoint, concurrency));
    if (run.code !== 0) throw new Error(`zebra run ended with ${run.code}:\n${run.stderr}`);
    const status = JSON.parse(run.stdout) as {
      notes: { planned: number; accepted: number; rejected: number };
      llm: { calls: number };
    };
    const { seconds, answered } = callSpan(endpoint.log);
    return { status, seconds, notesPerSecond: answered / seconds };
  } finally {
    await endpoint.stop();
    await folder.remove();
  }
}
