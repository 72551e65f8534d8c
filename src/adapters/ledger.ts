import type { CampaignLedger, CorpusReader, CorpusWriter, Planner } from '../activities/ports.ts';
import { type LedgerClient, startThread } from './ledger/client.ts';
import type { AcceptedNote } from './ledger/read-model.ts';

export { UnknownRecord } from './ledger/failure.ts';
export type { Replay, ReplayFilter } from './ledger/commands.ts';
export type * from './ledger/read-model.ts';

/** Accepted notes read at once: enough to amortise a trip to the thread, little enough memory at 1,500 words a note. */
const EXPORT_PAGE = 200;

/** The one ledger of a project: every port of the activities, the commands, and everything that people read. */
export interface Ledger extends LedgerClient {
  /** Accepted notes in plan order, read in pages, so that any number fits. */
  acceptedNotes(campaign: string): AsyncIterable<AcceptedNote>;
}

/**
 * Opens the SQLite ledger in a thread of its own, making folder (0700) and file (0600) where they are missing.
 *
 * @param options `path` of the file, usually `.zebra/ledger.db`; `busyTimeoutMs` is how long another process's lock is waited for
 * @throws DependencyFailure `ledger-unavailable` (locked, no permission, network file system, written by a newer version),
 *   `ledger-corrupt` or `disk-full`
 */
export async function openLedger(options: {
  readonly path: string;
  readonly busyTimeoutMs?: number;
}): Promise<Ledger & CampaignLedger & CorpusReader & CorpusWriter & Planner> {
  const client = await startThread(options);
  return {
    ...client,
    async *acceptedNotes(campaign) {
      let after: string | null = null;
      for (;;) {
        const page: AcceptedNote[] = await client.acceptedPage(campaign, after, EXPORT_PAGE);
        yield* page;
        if (page.length < EXPORT_PAGE) return;
        after = page.at(-1)!.id;
      }
    },
  };
}
