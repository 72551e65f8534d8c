import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TemporalAddress } from '../adapters/temporal.ts';
import { type Config, searchPath } from '../config.ts';
import { DependencyFailure } from '../domain/failure.ts';
import { onFreePorts } from './free-ports.ts';
import { partOf, type RunningPart } from './part.ts';
import type { Parts } from './parts.ts';
import { startQdrant } from './qdrant.ts';
import { type Supervised, supervise, type SupervisorEvent } from './supervise.ts';
import { startTemporalServer } from './temporal.ts';

const workerProgram = fileURLToPath(new URL('../worker.ts', import.meta.url));

/** Where the engines of this run answer, whether embedded or the user's own. */
export interface Connections {
  readonly temporal: TemporalAddress;
  /** Address of Temporal's web page, where it is known. */
  readonly temporalUi: string | null;
  readonly qdrant: { readonly url: string; readonly apiKey: string | null };
}

export interface StackPlan {
  readonly config: Config;
  /** The settings that came from flags; worker processes read zebra.yaml again, with them on top. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly parts: Parts;
}

/** What a worker process is told on its standard input: one line of JSON, so that no secret stands in its arguments. */
export interface WorkerOrders {
  readonly file: string;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly connections: Connections;
}

export interface Stack {
  readonly connections: Connections;
  /** Process ids by part, for `run.json` and for people. */
  pids(): Record<string, number | undefined>;
  startWorker(): Promise<void>;
  /** Ends everything, workers first. */
  stop(): Promise<void>;
}

/**
 * Starts the engines that the configuration does not place elsewhere, each supervised, on free loopback ports.
 *
 * @throws DependencyFailure naming the part, the setting and the fix
 */
export async function startStack(
  { config, flags, parts }: StackPlan,
  tell: (event: SupervisorEvent) => void,
): Promise<Stack> {
  const { stateDir } = config;
  const logs = join(stateDir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const supervised: Supervised[] = [];
  let qdrantPort = 0;
  let temporalPorts = { port: 0, uiPort: 0 };
  const apiKey = randomBytes(24).toString('base64url');

  try {
    if (config.qdrant.url === null) {
      const start = async () => {
        const running = await startQdrant({
          python: parts.python,
          pythonPath: parts.qdrantPythonPath,
          dataDir: join(stateDir, 'qdrant'),
          port: qdrantPort,
          apiKey,
          logFile: join(logs, 'qdrant.log'),
        });
        qdrantPort = Number(new URL(running.url).port);
        return running;
      };
      supervised.push(await supervise('qdrant', start, tell));
    }
    if (config.temporal.address === null) {
      const binary = temporalProgram(searchPath(), parts);
      const database = join(stateDir, 'temporal.db');
      const startOn = async (port: number, uiPort: number) => {
        const running = await startTemporalServer({
          binary,
          database,
          port,
          uiPort,
          namespace: config.temporal.namespace,
          logFile: join(logs, 'temporal.log'),
        });
        temporalPorts = { port, uiPort };
        return running;
      };
      // Once clients know the ports, a restart keeps them.
      const start = async () =>
        temporalPorts.port === 0
          ? onFreePorts(2, ([port = 0, uiPort = 0]) => startOn(port, uiPort))
          : startOn(temporalPorts.port, temporalPorts.uiPort);
      supervised.push(await supervise('temporal', start, tell));
    }
  } catch (error) {
    await stopAll();
    throw error;
  }

  const connections: Connections = {
    temporal: {
      address: config.temporal.address ?? `127.0.0.1:${temporalPorts.port}`,
      namespace: config.temporal.namespace,
    },
    temporalUi: config.temporal.address === null ? `http://127.0.0.1:${temporalPorts.uiPort}` : null,
    qdrant:
      config.qdrant.url === null
        ? { url: `http://127.0.0.1:${qdrantPort}`, apiKey }
        : { url: config.qdrant.url, apiKey: config.secrets.qdrant?.reveal() ?? null },
  };

  return {
    connections,
    pids: () => Object.fromEntries(supervised.map((part) => [part.name, part.pid()])),
    async startWorker() {
      supervised.push(
        await supervise(
          'worker',
          async () => startWorkerProcess({ file: config.file, flags, connections }, stateDir),
          tell,
        ),
      );
    },
    stop: stopAll,
  };

  async function stopAll(): Promise<void> {
    for (const part of supervised.splice(0).reverse()) await part.stop();
  }
}

/** The state folder among the arguments does nothing but tell people who look at a list of processes whose worker this is. */
function startWorkerProcess(orders: WorkerOrders, stateDir: string): RunningPart {
  const log = openSync(join(stateDir, 'logs', 'worker.log'), 'a', 0o600);
  const child = spawn(process.execPath, [workerProgram, stateDir], { stdio: ['pipe', log, log] });
  closeSync(log);
  const part = partOf(child, 8_000, 'SIGTERM');
  child.stdin?.write(`${JSON.stringify(orders)}\n`);
  return part;
}

/** A `temporal` on the user's PATH comes first, then the one that set-up brought. */
function temporalProgram(folders: string, parts: Parts): string {
  const names = process.platform === 'win32' ? ['temporal.exe'] : ['temporal'];
  for (const folder of folders.split(delimiter).filter((entry) => entry !== '')) {
    for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  }
  if (parts.temporal !== null) return parts.temporal;
  throw new DependencyFailure(
    'endpoint-unavailable',
    { setting: 'temporal.address' },
    'no Temporal server for this platform came with set-up; put `temporal` on PATH or name a cluster',
  );
}
