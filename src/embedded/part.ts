import type { ChildProcess } from 'node:child_process';

/** A running embedded process. */
export interface RunningPart {
  readonly pid: number | undefined;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Asks it to end, insists after `graceMs`, and resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Makes a part of a child process whose standard input is its life line: it ends when the pipe closes, so that it dies
 * with this process however that dies.
 *
 * @param ask how it is asked to end: by closing the pipe, or by SIGTERM where it may finish what it has begun
 */
export function partOf(child: ChildProcess, graceMs = 5_000, ask: 'close' | 'SIGTERM' = 'close'): RunningPart {
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  child.stdin?.on('error', () => undefined);
  return {
    pid: child.pid,
    exited,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (ask === 'close') child.stdin?.end();
      else child.kill(ask);
      const insist = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(insist);
    },
  };
}
