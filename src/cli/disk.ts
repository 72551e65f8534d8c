import { statfsSync } from 'node:fs';
import type { CampaignStatus } from '../domain/status.ts';

/** Below this many free bytes, ledger and Temporal cannot write. */
const NEARLY_NONE = 4 * 1024 ** 2;

/** Bytes that this user may still write to the file system of `folder`. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** The status as people should see it: a ledger on a full disk cannot take down that the campaign waits for room. */
export function onDisk(status: CampaignStatus, free: number): CampaignStatus {
  if (status.state !== 'running' || free >= NEARLY_NONE) return status;
  return {
    ...status,
    state: 'waiting',
    reason: 'disk-full: the disk of .zebra is full; free some space, and the campaign goes on by itself',
    eta: null,
  };
}
