import { openLedger, type ReplayFilter } from '../adapters/ledger.ts';
import { codeOfCampaign } from './code-argument.ts';
import type { CliContext } from './context.ts';
import { runningEngine } from './engine.ts';
import { EXIT } from './exit.ts';
import { cost, count } from './report.ts';
import { requireCampaign } from './status.ts';

/** Opens a new round for rejected and failed notes; accepted ones are never touched, and committed replies are never paid again. */
export async function replay(
  context: CliContext,
  options: Record<string, unknown>,
  code: string | null,
): Promise<number> {
  const { config } = context;
  const ledger = await openLedger({ path: config.ledgerPath });
  try {
    await requireCampaign(ledger, config.campaign);
    const onlyFailed = options['failed'] === true && options['rejected'] !== true;
    const onlyRejected = options['rejected'] === true && options['failed'] !== true;
    const filter: ReplayFilter = {
      states: onlyFailed ? ['failed'] : onlyRejected ? ['rejected'] : ['failed', 'rejected'],
      ...(code === null ? {} : { code: codeOfCampaign(config.codeSystem, code) }),
      ...(typeof options['reason'] === 'string' ? { reason: options['reason'] } : {}),
    };
    const dryRun = options['dryRun'] === true;
    const found = dryRun
      ? await ledger.previewReplay(config.campaign, filter)
      : await ledger.openReplay(config.campaign, filter);
    const { llm } = await ledger.status(config.campaign);
    const perCall = llm.calls === 0 ? 0 : llm.cost / llm.calls;
    const estimate = { calls: found.notes, cost: found.notes * perCall };
    const told = dryRun || found.notes === 0 ? false : await tellEngine(context, ledger.ledgerId);
    if (context.json) {
      context.out(JSON.stringify({ campaign: config.campaign, ...found, dryRun, estimate, told }));
    } else if (found.notes === 0) {
      context.out('no rejected or failed note matches');
    } else {
      context.out(
        `${count(found.notes)} notes of ${count(found.codes)} codes ${dryRun ? 'would be' : 'are'} open again in round ${found.round}; at least ${count(estimate.calls)} calls, about ${cost(estimate.cost)} at what a call has cost so far`,
      );
      if (!dryRun && !told) context.talk('no campaign is running here now; `zebra run` writes them');
    }
    return EXIT.done;
  } finally {
    await ledger.close();
  }
}

async function tellEngine(context: CliContext, ledgerId: string): Promise<boolean> {
  const engine = await runningEngine(context.config, ledgerId);
  if (engine === null) return false;
  try {
    return await engine.workOpened(context.config.campaign);
  } finally {
    await engine.close();
  }
}
