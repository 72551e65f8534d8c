import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DependencyFailure } from '../domain/failure.ts';
import type { FailureType } from '../domain/failure.ts';
import type { SentenceAnswer, SentenceRequest } from './smollm2-child.ts';

const READY_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export type SentenceOrder = Omit<SentenceRequest, 'id'>;

export interface Sentence {
  readonly text: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** SmolLM2-135M-Instruct (Q4_1) on this machine's processor, in a process of its own. */
export interface Smollm2 {
  readonly model: string;
  /** Starts the process where it does not run. */
  start(): Promise<void>;
  /** One sentence; orders are served one at a time, first come first served. */
  complete(order: SentenceOrder): Promise<Sentence>;
  /** The process that runs now; null where none does. */
  readonly pid: number | null;
  close(): Promise<void>;
}

/** What provenance says of sentences by this model. */
export const SMOLLM2_MODEL = 'smollm2-135m-instruct-q4_1';

/**
 * The process is started by the first order. When it dies, the order in flight fails and a later one starts it again, after a pause
 * that doubles with every death (0.5 s to 30 s). It ends with its parent, however that ends, and never keeps it alive.
 *
 * Failures are `DependencyFailure`s at `embedded smollm2`.
 */
export function startSmollm2({ modelPath }: { readonly modelPath: string }): Smollm2 {
  let child: ChildProcess | null = null; // also while it starts
  let ready = false;
  let deaths = 0;
  let lastId = 0;
  let closed = false;
  let queue: Promise<unknown> = Promise.resolve();

  async function running(): Promise<ChildProcess> {
    if (child !== null && ready) return child;
    if (deaths > 0 && !closed) await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (deaths - 1)));
    if (closed) throw failure('endpoint-unavailable', 'it was closed');
    const started = fork(fileURLToPath(new URL('./smollm2-child.ts', import.meta.url)), [modelPath], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    });
    started.on('error', () => undefined);
    started.once('exit', () => {
      deaths += 1;
      if (child !== started) return;
      child = null;
      ready = false;
    });
    child = started;
    await answerOf(started, (message) => message === 'ready', READY_WITHIN_MS);
    ready = true;
    return started;
  }

  async function ask(order: SentenceOrder): Promise<Sentence> {
    const process = await running();
    lastId += 1;
    const id = lastId;
    const answering = answerOf(process, (message) => (message as SentenceAnswer).id === id, ANSWER_WITHIN_MS);
    process.send({ id, ...order } satisfies SentenceRequest, () => undefined);
    const answer = (await answering) as SentenceAnswer;
    if ('failed' in answer) throw failure('endpoint-unavailable', 'the model refused an order');
    deaths = 0;
    return answer;
  }

  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = queue.then(step);
    queue = turn.catch(() => undefined);
    return turn;
  }

  return {
    model: SMOLLM2_MODEL,
    start: () => inTurn(async () => void (await running())),
    complete: (order) => inTurn(() => ask(order)),
    get pid() {
      return child?.pid ?? null;
    },
    close: async () => {
      closed = true;
      const ending = child;
      if (ending === null) return;
      const gone = new Promise((resolve) => ending.once('exit', resolve));
      ending.ref();
      if (ready) ending.disconnect();
      else ending.kill('SIGKILL'); // it hears nothing while it loads the model
      await gone;
    },
  };
}

/** The first message that fits; the process is killed when none comes in time, and keeps this one alive only while it is asked. */
function answerOf(process: ChildProcess, fits: (message: unknown) => boolean, withinMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      process.kill('SIGKILL');
      settle(() => reject(failure('endpoint-timeout', 'it did not answer')));
    }, withinMs);
    const onMessage = (message: unknown): void => {
      if (fits(message)) settle(() => resolve(message));
    };
    const onEnd = (): void => settle(() => reject(failure('endpoint-unavailable', 'its process ended')));
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      process.off('message', onMessage).off('exit', onEnd).off('error', onEnd);
      process.unref();
      process.channel?.unref();
      then();
    };
    process.ref();
    process.channel?.ref();
    process.on('message', onMessage).once('exit', onEnd).once('error', onEnd);
  });
}

function failure(type: FailureType, advice: string): DependencyFailure {
  return new DependencyFailure(type, { where: 'embedded smollm2' }, advice);
}
