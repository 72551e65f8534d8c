import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { freePorts } from '../../src/embedded/free-ports.ts';
import { startQdrant } from '../../src/embedded/qdrant.ts';
import { startTemporalServer } from '../../src/embedded/temporal.ts';
import { parts, testKey } from './embedded-qdrant.ts';
import { textOf } from './leak-scan.ts';

/** A workflow as the server tells it: its description and its whole history, every payload, failure and stack trace decoded. */
export interface ToldWorkflow {
  readonly workflowId: string;
  readonly type: string;
  readonly events: number;
  readonly text: Buffer;
}

/** Starts a Temporal server over the data of a campaign that has ended, and asks it for everything it knows. */
export async function workflowsOf(stateDir: string): Promise<ToldWorkflow[]> {
  if (typeof parts === 'string' || parts.temporal === null) throw new Error('no Temporal server is set up');
  const [port, uiPort] = (await freePorts(2)) as [number, number];
  const server = await startTemporalServer({
    binary: parts.temporal,
    database: join(stateDir, 'temporal.db'),
    port,
    uiPort,
    logFile: join(stateDir, 'logs', 'temporal.log'),
  });
  try {
    const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
    const { workflow } = new Client({ connection });
    const told: ToldWorkflow[] = [];
    for await (const { workflowId, runId, type, raw } of workflow.list()) {
      const handle = workflow.getHandle(workflowId, runId);
      const history = await handle.fetchHistory();
      const text = textOf([raw, (await handle.describe()).raw, history]);
      told.push({ workflowId, type, events: history.events?.length ?? 0, text });
    }
    await connection.close();
    return told;
  } finally {
    await server.stop();
  }
}

/** A point of the vector index, as the engine gives it back. */
export interface IndexedPoint {
  readonly collection: string;
  readonly payload: Readonly<Record<string, unknown>> & { readonly noteId: string };
}

/** Starts a sidecar over the data of a campaign that has ended, and reads every point. */
export async function pointsOf(stateDir: string): Promise<IndexedPoint[]> {
  if (typeof parts === 'string') throw new Error(parts);
  const qdrant = await startQdrant({
    python: parts.python,
    pythonPath: parts.qdrantPythonPath,
    dataDir: join(stateDir, 'qdrant'),
    port: 0,
    apiKey: testKey,
    logFile: join(stateDir, 'logs', 'qdrant.log'),
  });
  const ask = async (path: string, body?: object): Promise<any> => {
    const headers = { 'api-key': testKey, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    return ((await (await fetch(`${qdrant.url}${path}`, init)).json()) as { result: any }).result;
  };
  try {
    const { collections } = await ask('/collections');
    const points: IndexedPoint[] = [];
    for (const { name } of collections) {
      const scroll = { limit: 10_000, with_payload: true };
      const { points: found } = await ask(`/collections/${name}/points/scroll`, scroll);
      for (const { payload } of found) points.push({ collection: name, payload });
    }
    return points;
  } finally {
    await qdrant.stop();
  }
}
