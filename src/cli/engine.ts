import { type CampaignEngine, connectTemporal } from '../adapters/temporal.ts';
import type { Config } from '../config.ts';
import { folderIsTaken, readRunRecord } from './lock.ts';

/**
 * Connects to the Temporal server that runs this folder's campaigns: the user's cluster, or the embedded one while a
 * `zebra run` is alive. Null when none is alive: then the ledger alone is told, and the next run obeys it.
 */
export async function runningEngine(config: Config, ledgerId: string): Promise<CampaignEngine | null> {
  if (config.temporal.address !== null) {
    return connectTemporal({ address: config.temporal.address, namespace: config.temporal.namespace }, ledgerId);
  }
  if (!folderIsTaken(config.stateDir)) return null;
  const record = readRunRecord(config.stateDir);
  return record === null ? null : connectTemporal(record.connections.temporal, ledgerId);
}
