import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from '@temporalio/worker';
import { afterAll, expect, test, vi } from 'vitest';
import { logToFile } from '../src/telemetry.ts';

const folder = mkdtempSync(join(tmpdir(), 'zebra-telemetry-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'logs', 'worker.jsonl');
const text = 'Fictional. Mr. Zyvqorbex was seen for chest pain.';

test('a line of the log keeps level, message and ids, and of errors and all else no word', async () => {
  logToFile(path);
  const error = Object.assign(new TypeError(text, { cause: new Error(text) }), { body: text });
  Runtime.instance().logger.warn('a step failed', {
    workflowId: 'zebra/1/pilot',
    attempt: 3,
    place: 'TypeError at step (src/activities/step.ts:1:1)',
    error,
    input: [text],
    [text]: text,
  });
  Runtime.instance().logger.info('not worth a line');
  await vi.waitFor(() => expect(existsSync(path)).toBe(true), { timeout: 10_000 });
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      level: 'WARN',
      message: 'a step failed',
      workflowId: 'zebra/1/pilot',
      attempt: 3,
      place: 'TypeError at step (src/activities/step.ts:1:1)',
      error: 'TypeError',
    },
  ]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'logs')).mode & 0o777).toBe(0o700);
});
