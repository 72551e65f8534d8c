import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { folderIsTaken, readRunRecord, type RunRecord, takeFolder, writeRunRecord } from '../../src/cli/lock.ts';
import { killHard } from '../support/processes.ts';

const program = fileURLToPath(new URL('../support/lock-holder.ts', import.meta.url));

let folder = '';
let stateDir = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zebra-lock-'));
  stateDir = join(folder, '.zebra');
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/** Another process that tries to take the folder; it keeps what it took. */
async function otherProcess(): Promise<{ child: ChildProcess; answer: string; ended: Promise<unknown> }> {
  const child = fork(program, [stateDir], { stdio: 'ignore', execArgv: [] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(() => killHard(child.pid ?? 0));
  const answer = await new Promise<string>((resolve) => child.once('message', (message) => resolve(message as string)));
  return { child, answer, ended };
}

describe('the folder', () => {
  test('is taken by one process at a time', async () => {
    const lock = takeFolder(stateDir);
    expect(lock).not.toBeNull();
    expect((await otherProcess()).answer).toBe('refused');
    lock?.release();
    expect((await otherProcess()).answer).toBe('taken');
    expect(takeFolder(stateDir)).toBeNull();
  });

  test('is taken by one of many that come at the same time', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(async () => (await otherProcess()).answer));
    expect(answers.toSorted()).toEqual(['refused', 'refused', 'refused', 'taken']);
  });

  test('is free as soon as its holder is killed', async () => {
    const { child, answer, ended } = await otherProcess();
    expect(answer).toBe('taken');
    expect(folderIsTaken(stateDir)).toBe(true);
    child.kill('SIGKILL');
    await ended;
    expect(folderIsTaken(stateDir)).toBe(false);
    const lock = takeFolder(stateDir);
    expect(lock).not.toBeNull();
    lock?.release();
  });

  test('is free when its holder lets it go', async () => {
    const { child, ended } = await otherProcess();
    child.send('let go');
    await ended;
    expect(folderIsTaken(stateDir)).toBe(false);
  });

  test('is not taken twice within a process, and looking does not let go of it', async () => {
    const lock = takeFolder(stateDir);
    expect(takeFolder(stateDir)).toBeNull();
    expect(folderIsTaken(stateDir)).toBe(true);
    expect((await otherProcess()).answer).toBe('refused');
    lock?.release();
  });

  test('belongs to its owner alone, even where it was made with wider rights', () => {
    takeFolder(stateDir)?.release();
    chmodSync(stateDir, 0o755);
    takeFolder(stateDir)?.release();
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  });

  test('that cannot be made is named', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => takeFolder(join(folder, 'file', '.zebra'))).toThrow(
      expect.objectContaining({ type: 'ledger-unavailable', message: expect.stringContaining(join(folder, 'file')) }),
    );
  });

  test('is not made by looking at it', () => {
    expect(folderIsTaken(stateDir)).toBe(false);
    expect(existsSync(stateDir)).toBe(false);
  });
});

describe('the record of a run', () => {
  const record: RunRecord = {
    pid: 7,
    startedAt: 1,
    connections: {
      temporal: { address: '127.0.0.1:7233', namespace: 'default' },
      temporalUi: null,
      qdrant: { url: 'http://127.0.0.1:6333', apiKey: 'key' },
    },
  };

  test('is read as it was written, appears whole, and only its owner may read it', () => {
    takeFolder(stateDir)?.release();
    writeRunRecord(stateDir, { ...record, pid: 6 });
    writeRunRecord(stateDir, record);
    expect(readRunRecord(stateDir)).toEqual(record);
    expect(readdirSync(stateDir).filter((name) => name.startsWith('run.json'))).toEqual(['run.json']);
    expect(statSync(join(stateDir, 'run.json')).mode & 0o777).toBe(0o600);
  });

  test('is null where none was written, or a crash has left half of one', () => {
    expect(readRunRecord(stateDir)).toBeNull();
    takeFolder(stateDir)?.release();
    writeFileSync(join(stateDir, 'run.json'), '{"pid": 7, "star');
    expect(readRunRecord(stateDir)).toBeNull();
  });
});
