import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** What a campaign's ledger and the endpoint's own log say together after any number of crashes. */
export interface Invariants {
  readonly planned: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly failed: number;
  /** Notes that have not ended, or ended without a reason. */
  readonly unsettled: number;
  /** Calls opened for an attempt after its reply was committed: money paid twice. */
  readonly paidAgain: number;
  /** Attempts with more than one reply that counts, and accepted notes without exactly one text. */
  readonly doubled: number;
  /** Calls that a kill cut off. */
  readonly lost: number;
  /** Calls that reached the endpoint without an intent row before them. */
  readonly unrecorded: number;
  readonly calls: number;
}

/**
 * Reads the ledger file and the endpoint's log; knows nothing of Zebra's code.
 *
 * @param endpointLog the test endpoint's JSON lines; null where the writer is embedded
 */
export function readInvariants(ledgerPath: string, endpointLog: string | null): Invariants {
  const db = new DatabaseSync(ledgerPath, { readOnly: true });
  const number = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? {})[0] ?? 0);
  try {
    const calls = number('SELECT COUNT(*) FROM calls');
    const reachedEndpoint =
      endpointLog === null ? 0 : linesOf(endpointLog).filter((line) => line.event === 'call').length;
    return {
      planned: number('SELECT COUNT(*) FROM notes'),
      accepted: number("SELECT COUNT(*) FROM notes WHERE state = 'accepted'"),
      rejected: number("SELECT COUNT(*) FROM notes WHERE state = 'rejected'"),
      failed: number("SELECT COUNT(*) FROM notes WHERE state = 'failed'"),
      unsettled: number(
        "SELECT COUNT(*) FROM notes WHERE state = 'pending' OR (state IN ('rejected', 'failed') AND reason IS NULL)",
      ),
      paidAgain: number(
        'SELECT COUNT(*) FROM calls JOIN replies ON replies.attempt_id = calls.attempt_id WHERE calls.opened_at > replies.replied_at',
      ),
      doubled:
        number('SELECT COUNT(*) FROM (SELECT attempt_id FROM replies GROUP BY attempt_id HAVING COUNT(*) > 1)') +
        number(
          "SELECT COUNT(*) FROM notes WHERE state = 'accepted' AND (SELECT COUNT(*) FROM replies WHERE replies.attempt_id = notes.accepted_attempt) <> 1",
        ),
      lost: number("SELECT COUNT(*) FROM calls WHERE state IN ('lost', 'open')"),
      unrecorded: Math.max(0, reachedEndpoint - calls),
      calls,
    };
  } finally {
    db.close();
  }
}

function linesOf(path: string): { readonly event: string }[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { event: string });
}
