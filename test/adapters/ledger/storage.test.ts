import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedger } from '../../../src/adapters/ledger.ts';
import { refuseNetworkFileSystem } from '../../../src/adapters/ledger/storage.ts';
import { DependencyFailure } from '../../../src/domain/failure.ts';
import { attemptRef, intentOf, planOf, sourceNote, temporaryFolder } from '../../support/ledger-fixture.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, '.zebra', 'ledger.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function failureAtOpen(options: { busyTimeoutMs?: number } = {}): Promise<DependencyFailure> {
  const failure = await openLedger({ path, ...options }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(DependencyFailure);
  return failure as DependencyFailure;
}

/** A ledger with some hundred pages, closed. */
async function writeLedger(): Promise<void> {
  const ledger = await openLedger({ path });
  await ledger.savePlan(planOf({ 'E75.21': 2_000 }));
  await ledger.close();
}

describe('the file', () => {
  it('is made for its owner alone, and so are the files that SQLite lays beside it', async () => {
    const ledger = await openLedger({ path });
    await ledger.savePlan(planOf({ 'E75.21': 1 }));
    const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
    expect(mode(join(folder, '.zebra'))).toBe('700');
    expect([path, `${path}-wal`, `${path}-shm`].map(mode)).toEqual(['600', '600', '600']);
    await ledger.close();
  });

  it('keeps its id and its content when it is opened again', async () => {
    const first = await openLedger({ path });
    expect(first.ledgerId).toMatch(/^[0-9a-f-]{36}$/);
    await first.savePlan(planOf({ 'E75.21': 3 }));
    await first.close();
    const second = await openLedger({ path });
    expect(second.ledgerId).toBe(first.ledgerId);
    expect((await second.status('pilot')).notes.planned).toBe(3);
    await second.close();
  });

  it('may be opened for the first time by several at once, and has one id', async () => {
    const ledgers = await Promise.all([1, 2, 3].map(() => openLedger({ path })));
    expect(new Set(ledgers.map(({ ledgerId }) => ledgerId)).size).toBe(1);
    await Promise.all(ledgers.map((ledger) => ledger.close()));
  });
});

describe('a file that is no sound ledger', () => {
  it('is refused when it is something else, and left as it is', async () => {
    mkdirSync(join(folder, '.zebra'));
    writeFileSync(path, 'Dear diary, this is fiction and no database at all.');
    const failure = await failureAtOpen();
    expect(failure).toMatchObject({ type: 'ledger-corrupt', facts: { where: path } });
    expect(failure.message).toContain('put back a backup');
    expect(failure.message).not.toContain('diary');
    expect(readFileSync(path, 'utf8')).toContain('Dear diary');
  });

  it('is refused when it was cut short', async () => {
    await writeLedger();
    truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096);
    expect(await failureAtOpen()).toMatchObject({ type: 'ledger-corrupt', facts: { where: path } });
  });

  it('is refused when pages in its middle were overwritten', async () => {
    await writeLedger();
    const descriptor = openSync(path, 'r+');
    for (let page = 30; page < 40; page += 1) writeSync(descriptor, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
    closeSync(descriptor);
    expect(await failureAtOpen()).toMatchObject({ type: 'ledger-corrupt', facts: { where: path } });
  });
});

it('is refused when a newer version wrote it, and says so', async () => {
  await writeLedger();
  const other = new DatabaseSync(path);
  other.exec("INSERT INTO migrations VALUES (99, 'from the future', 0)");
  other.close();
  const failure = await failureAtOpen();
  expect(failure.type).toBe('ledger-unavailable');
  expect(failure.message).toContain('a newer zebra wrote it (schema 99');
});

it.skipIf(process.getuid?.() === 0)('is refused where its folder may not be written', async () => {
  mkdirSync(join(folder, '.zebra'));
  chmodSync(join(folder, '.zebra'), 0o500);
  expect(await failureAtOpen()).toMatchObject({ type: 'ledger-unavailable' });
  chmodSync(join(folder, '.zebra'), 0o700);
});

it('is refused where a file stands in the place of its folder', async () => {
  writeFileSync(join(folder, '.zebra'), '');
  const failure = await failureAtOpen();
  expect(failure.type).toBe('ledger-unavailable');
  expect(failure.message).toContain('EEXIST');
});

describe('a lock held by another process', () => {
  it('makes a write wait, then fail as unavailable, and the ledger goes on when it is gone', async () => {
    const ledger = await openLedger({ path, busyTimeoutMs: 100 });
    await ledger.savePlan(planOf({ 'E75.21': 1 }));
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const refused = ledger.openCall(intentOf(attemptRef('E75.21', 1)));
    await expect(refused).rejects.toMatchObject({ type: 'ledger-unavailable', facts: { where: path } });
    expect((await ledger.status('pilot')).notes.pending).toBe(1);
    other.exec('ROLLBACK');
    other.close();
    expect(await ledger.openCall(intentOf(attemptRef('E75.21', 1)))).toMatchObject({ outcome: 'opened' });
    await ledger.close();
  });

  it('makes opening fail as unavailable when it lasts', async () => {
    await writeLedger();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    expect(await failureAtOpen({ busyTimeoutMs: 100 })).toMatchObject({ type: 'ledger-unavailable' });
    other.close();
  });
});

it('says nothing of a note in the error of a write that the database refuses', async () => {
  const ledger = await openLedger({ path });
  await ledger.putCorpus({ id: 'fiction', path: 'n', format: 'jsonl', restricted: true, codeSystem: 'icd10cm' });
  const twice = [sourceNote('a', { text: 'canary one' }), sourceNote('a', { text: 'canary two' })];
  const error = await ledger.putSourceNotes('fiction', twice).catch((caught: Error) => caught);
  expect(error).toBeInstanceOf(Error);
  expect(`${(error as Error).message}\n${(error as Error).stack}`).not.toContain('canary');
  expect((error as Error).message).toContain('putSourceNotes');
  await ledger.close();
});

describe('network file systems', () => {
  const mounts = [
    '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '30 22 0:40 / /home rw - nfs4 server:/home rw',
    '31 30 8:2 / /home/me/local\\040disk rw - xfs /dev/sdb1 rw',
    '32 22 0:41 / /mnt/far rw - fuse.sshfs host: rw',
    '33 22 0:42 / /mnt/covered rw - nfs server:/x rw',
    '34 22 8:3 / /mnt/covered rw - ext4 /dev/sdc1 rw',
  ].join('\n');

  it.each(['/home', '/home/me/project/.zebra', '/mnt/far/x'])('are refused at %s', (at) => {
    expect(() => refuseNetworkFileSystem(at, mounts)).toThrow(DependencyFailure);
    expect(() => refuseNetworkFileSystem(at, mounts)).toThrow('local disk');
  });

  it.each(['/', '/homestead', '/home/me/local disk/p', '/mnt/covered/p', '/mnt'])('are not seen at %s', (at) => {
    expect(() => refuseNetworkFileSystem(at, mounts)).not.toThrow();
  });

  it('cannot be told where the system has no list of mounts', () => {
    expect(() => refuseNetworkFileSystem('/anywhere', '')).not.toThrow();
  });
});
