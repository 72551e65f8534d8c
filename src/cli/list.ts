import { openLedger } from '../adapters/ledger.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';
import { count } from './report.ts';

/** Lists the campaigns of this folder's ledger, the newest first. */
export async function list(context: CliContext): Promise<number> {
  const ledger = await openLedger({ path: context.config.ledgerPath });
  try {
    const campaigns = await ledger.campaigns();
    if (context.json) {
      context.out(JSON.stringify(campaigns));
      return EXIT.done;
    }
    if (campaigns.length === 0) context.out('no campaign yet; run: zebra plan, or zebra run');
    for (const { campaign, state, notes, createdAt } of campaigns) {
      const day = new Date(createdAt).toISOString().slice(0, 16).replace('T', ' ');
      context.out(
        `${campaign.padEnd(24)} ${state.padEnd(10)} ${count(notes.accepted)}/${count(notes.planned)} accepted  planned ${day}`,
      );
    }
    return EXIT.done;
  } finally {
    await ledger.close();
  }
}
