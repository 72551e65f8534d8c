import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from './activities/index.ts';
import { openEmbedder, openIndex, openWriter } from './from-config.ts';
import { openLedger } from './adapters/ledger.ts';
import { loadTerminology } from './adapters/terminology.ts';
import { workflowBundle } from './adapters/workflow-bundle.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { placeOf } from './domain/error-place.ts';
import { DependencyFailure } from './domain/failure.ts';
import { locateParts } from './embedded/parts.ts';
import type { Connections, WorkerOrders } from './embedded/stack.ts';
import { queuesOf } from './queues.ts';
import { logToFile } from './telemetry.ts';
import { endOnUncaughtError } from './uncaught.ts';

/** Workflows kept in memory; more than the widest window, or every task replays its history. */
const cachedWorkflows = 600;

/**
 * The composition root: configuration, adapters, activities, and one Temporal worker per task queue.
 *
 * Resolves when `signal` has aborted and the steps in flight have ended or been given up.
 */
export async function runWorker(config: Config, connections: Connections, signal: AbortSignal): Promise<void> {
  const parts = locateParts(config.cacheDir);
  const ledger = await openLedger({ path: config.ledgerPath });
  const embedder = await openEmbedder(config, parts);
  const writer = openWriter(config, parts, signal);
  // Tells how many tokens the model's context has; an endpoint that is down now is asked again by the calls themselves.
  await writer.probe().catch(() => undefined);
  const activities = createActivities({
    corpus: ledger,
    ledger,
    index: openIndex(config, connections.qdrant, { ledgerId: ledger.ledgerId, model: embedder.model }),
    embedder,
    writer,
    terminologyOf: (system, type) => loadTerminology(parts.tablesDir, system, type),
  });

  const connection = await NativeConnection.connect({ address: connections.temporal.address });
  const queues = queuesOf(ledger.ledgerId, config.campaign);
  const base = {
    connection,
    namespace: connections.temporal.namespace,
    shutdownGraceTime: '2 s',
    shutdownForceTime: '5 s',
    maxHeartbeatThrottleInterval: '3 s',
  } as const;
  const { generate, ...local } = activities;
  const workers = await Promise.all([
    Worker.create({
      ...base,
      taskQueue: queues.workflows,
      workflowBundle: { codePath: await workflowBundle(config.cacheDir) },
      maxCachedWorkflows: cachedWorkflows,
      stickyQueueScheduleToStartTimeout: '2 s',
    }),
    Worker.create({
      ...base,
      taskQueue: queues.llm,
      activities: { generate },
      maxConcurrentActivityTaskExecutions: waitingRoom(config.llm.concurrency),
    }),
    Worker.create({ ...base, taskQueue: queues.cpu, activities: local, maxConcurrentActivityTaskExecutions: 32 }),
  ]);
  const shutDown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  try {
    const running = Promise.all(workers.map((worker) => worker.run()));
    signal.addEventListener('abort', shutDown);
    if (signal.aborted) shutDown();
    // Without its ledger a worker can do nothing: its supervisor starts another.
    void ledger.ended.then(shutDown);
    await running;
  } finally {
    await connection.close();
    await ledger.close();
  }
}

/** More steps than calls may be in flight: the next prompt stands ready when a call ends. The writer keeps the concurrency. */
function waitingRoom(concurrency: number): number {
  return Math.ceil(concurrency * 1.5) + 4;
}

async function main(): Promise<void> {
  const stopping = new AbortController();
  const lines = createInterface({ input: process.stdin });
  const orders = await new Promise<WorkerOrders>((resolve, reject) => {
    lines.once('line', (line) => resolve(JSON.parse(line) as WorkerOrders));
    lines.once('close', () => reject(new Error('no orders on standard input')));
  });
  // The process that started this one is gone: whoever runs the campaign next starts a worker of its own.
  lines.on('close', () => process.exit(1));
  for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
  process.on('SIGTERM', () => stopping.abort());
  const config = loadConfig({ file: orders.file, flags: orders.flags });
  logToFile(join(config.stateDir, 'logs', 'worker.jsonl'));
  await runWorker(config, orders.connections, stopping.signal);
  // Nothing is left to do, but the pipe to the parent is open and would keep this process.
  process.stdin.unref();
}

if (import.meta.main) {
  endOnUncaughtError('worker');
  main().catch((error: unknown) => {
    const known = error instanceof DependencyFailure || error instanceof ConfigError;
    process.stderr.write(`worker: ${known ? error.message : `unexpected error ${placeOf(error)}`}\n`);
    process.exitCode = 1;
    setTimeout(() => process.exit(1), 500).unref();
  });
}
