// One set-up at a time in a cache folder. A holder that was killed is noticed by its process, or by a lock that no longer beats.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 5_000;
const STALE_MS = 30_000;
const POLL_MS = 250;

/** Runs `work` while holding the lock file, waiting for another holder first. */
export async function withLock(file, log, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  const mine = `${hostname()} ${process.pid}`;
  for (let told = false; !take(file, mine); await sleep(POLL_MS)) {
    if (breakStale(file)) continue;
    if (!told) log(`another set-up is at work in ${path.dirname(file)}; waiting for it`);
    told = true;
  }
  const beat = setInterval(() => touch(file), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if (holderOf(file) === mine) rmSync(file, { force: true });
  }
}

function take(file, mine) {
  try {
    writeFileSync(file, mine, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Another set-up took a lock that had not beaten for long (a suspended process): renames keep both sound.
  }
}

function holderOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Removes the lock of a holder that is gone; true when there was one. Only one of several waiters wins the rename. */
function breakStale(file) {
  const holder = holderOf(file);
  if (holder === null || !isStale(file, holder)) return false;
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return true;
  }
  if (readFileSync(aside, 'utf8') !== holder) renameSync(aside, file);
  else rmSync(aside, { force: true });
  return true;
}

function isStale(file, holder) {
  try {
    if (Date.now() - statSync(file).mtimeMs > STALE_MS) return true;
  } catch {
    return false;
  }
  const [host, pid] = holder.split(' ');
  if (host !== hostname() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
