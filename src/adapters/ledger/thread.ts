import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type DatabaseOptions, type OpenDatabase, openDatabase } from './database.ts';
import { type FailureMessage, storageFailure, toMessage } from './failure.ts';
import { type OperationName, operations } from './operations.ts';

/** What the client posts. */
export type Request =
  | { readonly kind: 'call'; readonly id: number; readonly name: OperationName; readonly args: readonly unknown[] }
  | { readonly kind: 'close' };

/** What the thread posts: first `open` or `failed`, then one `batch` per transaction, at last `closed`. */
export type Response =
  | { readonly kind: 'open'; readonly ledgerId: string }
  | { readonly kind: 'failed'; readonly failure: FailureMessage }
  | { readonly kind: 'batch'; readonly replies: readonly Reply[] }
  | { readonly kind: 'closed' };

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: FailureMessage };

type Call = Extract<Request, { kind: 'call' }>;

/** Most calls in one transaction: it bounds how long the first of them waits for the last. */
const BATCH = 256;

if (parentPort !== null) await serve(parentPort, workerData as DatabaseOptions);

async function serve(port: MessagePort, options: DatabaseOptions): Promise<void> {
  const post = (response: Response) => port.postMessage(response);
  let database: OpenDatabase;
  try {
    database = await openDatabase(options);
  } catch (error) {
    post({ kind: 'failed', failure: toMessage(error, 'open', options.path) });
    return;
  }
  post({ kind: 'open', ledgerId: database.ledgerId });

  const waiting: Request[] = [];
  let working = false;
  const work = async () => {
    working = true;
    while (collect(port, waiting) > 0) {
      const calls: Call[] = [];
      while (calls.length < BATCH && waiting[0]?.kind === 'call') calls.push(waiting.shift() as Call);
      if (calls.length > 0) {
        post({ kind: 'batch', replies: await commit(database, calls, options.path) });
      } else {
        database.connection.close();
        post({ kind: 'closed' });
        port.close();
        return;
      }
    }
    working = false;
  };
  port.on('message', (first: Request) => {
    waiting.push(first);
    if (!working) void work();
  });
}

/** Takes everything that has arrived, so that one commit serves all callers; returns how many wait now. */
function collect(port: MessagePort, waiting: Request[]): number {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    waiting.push(next.message as Request);
  }
  return waiting.length;
}

/** Runs the calls in one transaction, each write in its own savepoint; the replies may be posted once this resolves. */
async function commit({ connection, db }: OpenDatabase, calls: readonly Call[], where: string): Promise<Reply[]> {
  const failAll = (error: unknown): Reply[] => {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    return calls.map(({ id, name }) => ({ id, failure: toMessage(error, name, where) }));
  };
  const writes = calls.some(({ name }) => operations[name].writes);
  const replies: Reply[] = [];
  try {
    connection.exec(writes ? 'BEGIN IMMEDIATE' : 'BEGIN');
    for (const { id, name, args } of calls) {
      const { run, writes: isWrite } = operations[name];
      if (isWrite) connection.exec('SAVEPOINT call');
      try {
        const value = await (run as (...all: unknown[]) => Promise<unknown>)(db, ...args);
        if (isWrite) connection.exec('RELEASE call');
        replies.push({ id, value });
      } catch (error) {
        // What concerns the whole file, or has made SQLite roll everything back, concerns every call of the batch.
        if (storageFailure(error, where) !== null || !connection.isTransaction) return failAll(error);
        if (isWrite) connection.exec('ROLLBACK TO call; RELEASE call');
        replies.push({ id, failure: toMessage(error, name, where) });
      }
    }
    connection.exec('COMMIT');
    return replies;
  } catch (error) {
    return failAll(error);
  }
}
