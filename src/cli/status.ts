import { type Ledger, openLedger } from '../adapters/ledger.ts';
import { ConfigError } from '../config.ts';
import type { CliContext } from './context.ts';
import { freeBytes, onDisk } from './disk.ts';
import { EXIT } from './exit.ts';
import { follow } from './follow.ts';
import { progressLines } from './report.ts';

/** Prints where the campaign stands; with `--watch`, until it ends. */
export async function status(context: CliContext, options: Record<string, unknown>): Promise<number> {
  const { config } = context;
  const ledger = await openLedger({ path: config.ledgerPath });
  try {
    await requireCampaign(ledger, config.campaign);
    const look = async () => onDisk(await ledger.status(config.campaign), freeBytes(config.stateDir));
    const now = options['watch'] === true ? await follow(context, look) : await look();
    if (context.json) context.out(JSON.stringify(now));
    else for (const line of progressLines(now)) context.out(line);
    return now.codes.failed > 0 && now.state === 'done' ? EXIT.no : EXIT.done;
  } finally {
    await ledger.close();
  }
}

/** @throws ConfigError naming the commands that plan a campaign */
export async function requireCampaign(ledger: Ledger, campaign: string): Promise<void> {
  if (await ledger.hasCampaign(campaign)) return;
  throw new ConfigError(`campaign ${campaign} is not planned yet; run: zebra plan, or zebra run`);
}
