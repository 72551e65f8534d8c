import { openLedger } from '../adapters/ledger.ts';
import type { CliContext } from './context.ts';
import { runningEngine } from './engine.ts';
import { EXIT } from './exit.ts';
import { requireCampaign } from './status.ts';

const words = {
  pause: { state: 'paused', done: 'paused: calls in flight end, no new one starts; `zebra resume` goes on' },
  resume: { state: 'running', done: 'running' },
  cancel: {
    state: 'cancelled',
    done: 'cancelled: accepted notes are kept; `zebra resume` and `zebra run` take it up again',
  },
} as const;

/** Pauses, resumes or cancels the campaign: written to the ledger first, which no call may start against, then sent. */
export async function control(context: CliContext, command: keyof typeof words): Promise<number> {
  const { config } = context;
  const { state, done } = words[command];
  const ledger = await openLedger({ path: config.ledgerPath });
  try {
    await requireCampaign(ledger, config.campaign);
    if (state === 'running') await ledger.setBudget(config.campaign, config.budget);
    await ledger.setControl(config.campaign, state);
    const engine = await runningEngine(config, ledger.ledgerId);
    let told = false;
    if (engine !== null) {
      try {
        told =
          state === 'cancelled' ? await engine.cancel(config.campaign) : await engine.control(config.campaign, state);
      } finally {
        await engine.close();
      }
    }
    context.talk(`${config.campaign}: ${done}`);
    if (!told && state !== 'cancelled')
      context.talk('no campaign is running here now; `zebra run` starts it in this state');
    if (context.json) context.out(JSON.stringify({ campaign: config.campaign, state, told }));
    return EXIT.done;
  } finally {
    await ledger.close();
  }
}
