import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DependencyFailure } from '../domain/failure.ts';
import { partOf, type RunningPart } from './part.ts';

const sidecar = fileURLToPath(new URL('./qdrant/sidecar.py', import.meta.url));

export interface QdrantOptions {
  /** A CPython >= 3.10. */
  readonly python: string;
  /** The folder that holds the package `qdrant_edge`. */
  readonly pythonPath: string;
  /** Made when missing; one process at a time. */
  readonly dataDir: string;
  /** On 127.0.0.1; 0 lets the system choose. */
  readonly port: number;
  readonly apiKey: string;
  /** What the sidecar has to say: never anything of a request. */
  readonly logFile: string;
  /** Writes are refused (HTTP 507) when the disk has less room than this, in MiB. */
  readonly reserveMb?: number;
}

export interface RunningQdrant extends RunningPart {
  readonly url: string;
}

/** Milliseconds that opening the collections may take; a replay of a long write-ahead log is the slowest part. */
const readyWithin = 120_000;

/** By exit code of the sidecar, before it was ready. */
const reasons: Readonly<Record<number, (options: QdrantOptions) => string>> = {
  3: ({ dataDir }) => `another process uses its data folder ${dataDir}; end that one first`,
  4: ({ port }) => `port ${port} on 127.0.0.1 is taken or not allowed`,
  5: ({ python, pythonPath }) =>
    `${python} cannot load the engine from ${pythonPath}; it needs CPython >= 3.10; run: npm run setup`,
  6: ({ dataDir }) => `its data folder ${dataDir} cannot be read; move it away and run: zebra ingest`,
};

/**
 * Starts the embedded Qdrant on loopback, and waits until it answers. The key goes through standard input, which is also the
 * sidecar's life line: when it closes, the sidecar flushes and ends.
 *
 * @throws DependencyFailure `index-unavailable` naming what is wrong: Python missing, port taken, folder in use or unreadable
 */
export async function startQdrant(options: QdrantOptions): Promise<RunningQdrant> {
  const { python, pythonPath, dataDir, port, apiKey, logFile, reserveMb } = options;
  const log = openSync(logFile, 'a', 0o600);
  const reserve = reserveMb === undefined ? [] : ['--reserve-mb', String(reserveMb)];
  const child = spawn(
    python,
    ['-E', '-s', '-B', sidecar, '--engine', pythonPath, '--data', dataDir, '--port', String(port), ...reserve],
    { stdio: ['pipe', 'pipe', log] },
  );
  closeSync(log);
  const part = partOf(child);
  child.stdin?.write(`${apiKey}\n`);

  let spawnError: NodeJS.ErrnoException | undefined;
  child.once('error', (error) => {
    spawnError = error;
  });
  let late: NodeJS.Timeout | undefined;
  const ready = await Promise.race([
    firstLine(child.stdout as Readable),
    part.exited,
    new Promise<'late'>((resolve) => {
      late = setTimeout(() => resolve('late'), readyWithin);
    }),
  ]);
  clearTimeout(late);
  if (typeof ready === 'string' && ready !== 'late') {
    return { ...part, url: `http://127.0.0.1:${(JSON.parse(ready) as { port: number }).port}` };
  }
  await part.stop();
  const { code } = await part.exited;
  const reason =
    spawnError === undefined
      ? reasons[code ?? -1]?.(options)
      : `Python cannot be started (${python}: ${spawnError.code}); install CPython >= 3.10 and run: npm run setup`;
  throw new DependencyFailure(
    'index-unavailable',
    { where: `127.0.0.1:${port}`, setting: 'qdrant.url' },
    `the embedded Qdrant did not start: ${reason ?? `its words are in ${logFile}`}`,
  );
}

/** The first line of a stream; never resolves when the stream ends without one, for then the exit tells why. */
function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: stream }).once('line', resolve);
  });
}
