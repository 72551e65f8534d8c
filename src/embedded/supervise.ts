import { placeOf } from '../domain/error-place.ts';
import { DependencyFailure } from '../domain/failure.ts';
import type { RunningPart } from './part.ts';

/** What a supervisor tells: never text of notes, only names, codes and times. */
export interface SupervisorEvent {
  readonly part: string;
  readonly event: 'started' | 'exited' | 'start-failed';
  readonly detail: string;
}

export interface Supervised {
  readonly name: string;
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** Back-off between restarts, in milliseconds: 0.25 s, doubling to 10 s; forgotten after 30 s of good running. */
const firstWait = 250;
const longestWait = 10_000;
const goodRunning = 30_000;

/**
 * Starts a part, and starts it again whenever it ends, with back-off, until it is stopped.
 *
 * @throws whatever the very first start throws: a part that never ran is the user's to mend
 */
export async function supervise(
  name: string,
  start: () => Promise<RunningPart>,
  tell: (event: SupervisorEvent) => void,
): Promise<Supervised> {
  const stopping = new AbortController();
  let current = await start();
  tell({ part: name, event: 'started', detail: `pid ${current.pid}` });

  const keeping = (async () => {
    let wait = firstWait;
    while (!stopping.signal.aborted) {
      const since = Date.now();
      const { code, signal } = await current.exited;
      if (stopping.signal.aborted) return;
      tell({ part: name, event: 'exited', detail: signal === null ? `code ${code}` : `signal ${signal}` });
      if (Date.now() - since > goodRunning) wait = firstWait;
      let started = false;
      while (!started && !stopping.signal.aborted) {
        await pause(wait, stopping.signal);
        if (stopping.signal.aborted) return;
        wait = Math.min(wait * 2, longestWait);
        try {
          current = await start();
          started = true;
          tell({ part: name, event: 'started', detail: `pid ${current.pid}` });
        } catch (error) {
          tell({
            part: name,
            event: 'start-failed',
            detail: error instanceof DependencyFailure ? error.message : `unexpected error ${placeOf(error)}`,
          });
        }
      }
    }
    if (stopping.signal.aborted) await current.stop();
  })();

  return {
    name,
    pid: () => current.pid,
    async stop() {
      stopping.abort();
      await current.stop();
      await keeping;
      await current.stop();
    },
  };
}

/** Waits; an abort ends the wait early. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
