import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { DependencyFailure } from '../domain/failure.ts';
import { partOf, type RunningPart } from './part.ts';

const keeper = fileURLToPath(new URL('./keeper.ts', import.meta.url));

export interface TemporalServerOptions {
  /** The `temporal` command line program. */
  readonly binary: string;
  /** SQLite file that holds all workflow state. */
  readonly database: string;
  readonly port: number;
  readonly uiPort: number;
  /** Created where it is missing; `default` when left out. */
  readonly namespace?: string;
  readonly logFile: string;
}

/** Histories are kept this long; the ledger keeps the execution record for good. */
const retentionMs = 30 * 24 * 3_600_000;

/** Milliseconds that a server may take until it answers. */
const readyWithin = 60_000;

/**
 * Starts the embedded Temporal server on loopback and waits until it answers.
 *
 * @throws DependencyFailure `endpoint-unavailable` when it ends at once or does not answer within a minute
 */
export async function startTemporalServer({
  binary,
  database,
  port,
  uiPort,
  namespace = 'default',
  logFile,
}: TemporalServerOptions): Promise<RunningPart> {
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(
    process.execPath,
    [
      keeper,
      binary,
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--ui-ip',
      '127.0.0.1',
      '--ui-port',
      String(uiPort),
      '--db-filename',
      database,
      '--sqlite-pragma',
      'journal_mode=wal',
      '--sqlite-pragma',
      'synchronous=1',
      '--namespace',
      namespace,
      '--log-level',
      'error',
    ],
    { stdio: ['pipe', log, log] },
  );
  closeSync(log);
  const part = partOf(child);
  if (!(await answers(`127.0.0.1:${port}`, namespace, part))) {
    await part.stop();
    throw new DependencyFailure(
      'endpoint-unavailable',
      { where: `127.0.0.1:${port}`, setting: 'temporal.address' },
      `the embedded Temporal server did not start; its words are in ${logFile}`,
    );
  }
  return part;
}

/** True as soon as the server answers; false when it has ended or stays silent for {@link readyWithin}. */
async function answers(address: string, namespace: string, { exited }: RunningPart): Promise<boolean> {
  const deadline = Date.now() + readyWithin;
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  while (!ended && Date.now() < deadline) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '2 s' });
      try {
        await connection.workflowService.updateNamespace({
          namespace,
          config: { workflowExecutionRetentionTtl: { seconds: retentionMs / 1000 } as never },
        });
        return !ended;
      } finally {
        await connection.close();
      }
    } catch {
      await sleep(100);
    }
  }
  return false;
}
