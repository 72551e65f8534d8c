import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';

/**
 * Sends the log of Temporal's SDK, its native core included, of workflows and of activities to one file of JSON lines. Call once,
 * before any worker.
 *
 * Only level, time, message and ids are kept; errors are reduced to their class, since their messages may quote input.
 */
export function logToFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  Runtime.install({
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {} } },
    logger: new DefaultLogger('WARN', (entry) =>
      appendFileSync(path, `${JSON.stringify(lineOf(entry))}\n`, { mode: 0o600 }),
    ),
  });
}

const keptFields = new Set([
  'sdkComponent',
  'taskQueue',
  'workflowId',
  'runId',
  'workflowType',
  'activityId',
  'activityType',
  'attempt',
  'place',
  'tries',
  'namespace',
]);

function lineOf(entry: LogEntry): Record<string, unknown> {
  const fields = Object.fromEntries(Object.entries(entry.meta ?? {}).filter(([name]) => keptFields.has(name)));
  const error: unknown = entry.meta?.['error'];
  return {
    time: new Date(Number(entry.timestampNanos / 1_000_000n)).toISOString(),
    level: entry.level,
    message: entry.message,
    ...fields,
    ...(error instanceof Error ? { error: error.name } : {}),
  };
}
