import { Worker } from 'node:worker_threads';
import { DependencyFailure } from '../../domain/failure.ts';
import type { DatabaseOptions } from './database.ts';
import { fromMessage } from './failure.ts';
import { type OperationName, type Operations, operations } from './operations.ts';
import type { Request, Response } from './thread.ts';

type Parameters_<F> = F extends (db: never, ...args: infer A) => unknown ? A : never;
type Result<F> = F extends (...args: never) => Promise<infer R> ? R : never;

/** Every operation of the ledger as a method that runs in the ledger's thread. Its write is on disk when the promise resolves. */
export type LedgerMethods = {
  readonly [Name in OperationName]: (
    ...args: Parameters_<Operations[Name]['run']>
  ) => Promise<Result<Operations[Name]['run']>>;
};

/** The ledger, in a thread of its own. */
export interface LedgerClient extends LedgerMethods {
  /** UUID made when the ledger was made. */
  readonly ledgerId: string;
  /** Resolves when the ledger answers no more: it was closed, or its thread has failed. */
  readonly ended: Promise<void>;
  /** Waits for the calls already made, then closes the file. */
  close(): Promise<void>;
}

interface Waiter {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the ledger's thread. Calls made at the same time share one transaction; each resolves after the commit.
 *
 * The thread does not keep the process alive unless a call is under way.
 *
 * @throws DependencyFailure `ledger-unavailable`, `ledger-corrupt` or `disk-full`
 */
export async function startThread(options: DatabaseOptions): Promise<LedgerClient> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: options,
    execArgv: [],
    name: 'ledger',
  });
  const waiters = new Map<number, Waiter>();
  const closed = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<string>();
  let last = 0;
  let gone: DependencyFailure | null = null;

  worker.on('message', (response: Response) => {
    if (response.kind === 'open') return opened.resolve(response.ledgerId);
    if (response.kind === 'failed') return opened.reject(fromMessage(response.failure));
    if (response.kind === 'closed') return closed.resolve();
    for (const reply of response.replies) {
      const waiter = waiters.get(reply.id);
      waiters.delete(reply.id);
      if ('failure' in reply) waiter?.reject(fromMessage(reply.failure));
      else waiter?.resolve(reply.value as never);
    }
    if (waiters.size === 0) worker.unref();
  });
  const end = (reason: string) => {
    gone ??= new DependencyFailure('ledger-unavailable', { where: options.path }, reason);
    opened.reject(gone);
    for (const { reject } of waiters.values()) reject(gone);
    waiters.clear();
    closed.resolve();
  };
  worker.on('error', (error) => end(`its thread has failed (${error.name})`));
  worker.on('exit', () => end('its thread has ended'));

  const post = (request: Request) => worker.postMessage(request);
  const call = (name: OperationName, args: readonly unknown[]) =>
    new Promise<never>((resolve, reject) => {
      if (gone !== null) return reject(gone);
      last += 1;
      post({ kind: 'call', id: last, name, args });
      if (waiters.size === 0) worker.ref();
      waiters.set(last, { resolve, reject });
    });
  const names = Object.keys(operations) as OperationName[];
  const methods = Object.fromEntries(names.map((name) => [name, (...args: unknown[]) => call(name, args)]));

  const ledgerId = await opened.promise;
  worker.unref();
  return {
    ...(methods as unknown as LedgerMethods),
    ledgerId,
    ended: closed.promise,
    async close() {
      if (gone !== null) return;
      worker.ref();
      post({ kind: 'close' });
      await closed.promise;
    },
  };
}
