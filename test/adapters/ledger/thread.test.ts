import { execFile, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLedger, UnknownRecord } from '../../../src/adapters/ledger.ts';
import {
  attemptRef,
  intentOf,
  noteRef,
  planOf,
  replyOf,
  sourceNote,
  spanOf,
  targetRef,
  temporaryFolder,
} from '../../support/ledger-fixture.ts';

const writer = join(import.meta.dirname, '../../support/ledger-writer.ts');

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, '.zebra', 'ledger.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('does not let a failing call spoil those that share its transaction', async () => {
  const ledger = await openLedger({ path });
  await ledger.savePlan(planOf({ 'E75.21': 50 }));
  const calls = Array.from({ length: 50 }, (_, index) =>
    index % 5 === 0
      ? ledger.failCall(`no such call ${index}`, { type: 'rate-limited', status: 429 }, spanOf('generate'))
      : ledger.openCall(intentOf(attemptRef('E75.21', index + 1), { tokens: 10 })),
  );
  const results = await Promise.allSettled(calls);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
  expect((await ledger.status('pilot')).budget.reservedTokens).toBe(400);
  await ledger.close();
});

it('lets calls made one after the other see what those before have written', async () => {
  const ledger = await openLedger({ path });
  const [, , status] = await Promise.all([
    ledger.savePlan(planOf({ 'E75.21': 2 })),
    ledger.failNote(noteRef('E75.21', 1), 'context-length', ''),
    ledger.status('pilot'),
  ]);
  expect(status.notes).toMatchObject({ failed: 1, pending: 1 });
  await ledger.close();
});

it('finishes the calls under way before it closes, and refuses later ones', async () => {
  const ledger = await openLedger({ path });
  const plan = ledger.savePlan(planOf({ 'E75.21': 5_000 }));
  await ledger.close();
  await plan;
  await ledger.close();
  await expect(ledger.status('pilot')).rejects.toMatchObject({ type: 'ledger-unavailable' });
  const again = await openLedger({ path });
  expect((await again.status('pilot')).notes.planned).toBe(5_000);
  await again.close();
});

it('keeps errors of their kind across the thread', async () => {
  const ledger = await openLedger({ path });
  await expect(ledger.target(targetRef('E75.21'))).rejects.toBeInstanceOf(UnknownRecord);
  await expect(ledger.closeCall('c', replyOf('canary'), spanOf('generate'))).rejects.toThrow(
    'the ledger has no call c',
  );
  await ledger.close();
});

it('does not keep the process alive when nothing is under way', async () => {
  const script = `import { openLedger } from ${JSON.stringify(join(import.meta.dirname, '../../../src/adapters/ledger.ts'))};
    const ledger = await openLedger({ path: ${JSON.stringify(path)} }); console.log(await ledger.hasCampaign('pilot'));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 30_000,
  });
  expect(stdout).toBe('false\n');
});

it('holds everything it acknowledged when its process is killed at any moment', async () => {
  for (let round = 0; round < 4; round += 1) {
    const child = spawn(process.execPath, [writer, path, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged: string[] = [];
    const exited = new Promise((resolve) => child.once('exit', resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === 40 + round * 37) child.kill('SIGKILL');
    }
    await exited;
    const ledger = await openLedger({ path });
    const open = new Set<string>();
    for (const { id } of await ledger.notes(`kill-${round}`, { states: ['pending'] }, null, 10_000)) open.add(id);
    expect(acknowledged.length).toBeGreaterThanOrEqual(40);
    expect(acknowledged.filter((id) => open.has(id))).toEqual([]);
    const accepted = await Array.fromAsync(ledger.acceptedNotes(`kill-${round}`));
    expect(accepted.length).toBeGreaterThanOrEqual(acknowledged.length);
    expect(new Set(accepted.map(({ id }) => id)).size).toBe(accepted.length);
    await ledger.close();
  }
});

it('says that the disk is full, loses nothing of before, and goes on when there is space again', async () => {
  const limited = `ulimit -f 1024; exec "$0" "$1" "$2" full`;
  const { stdout } = await promisify(execFile)('bash', ['-c', limited, process.execPath, writer, path], {
    timeout: 60_000,
  });
  const lines = stdout.trim().split('\n');
  expect(lines.at(-1)).toMatch(/^disk full at .*ledger\.db: free some space/);
  const acknowledged = lines.slice(0, -1);
  expect(acknowledged.length).toBeGreaterThan(0);
  const ledger = await openLedger({ path });
  const states = await ledger.noteStates('fiction', acknowledged);
  expect(states.size).toBe(acknowledged.length);
  await ledger.putSourceNotes('fiction', [sourceNote('after')]);
  await ledger.close();
});
