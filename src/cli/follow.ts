import { setTimeout as sleep } from 'node:timers/promises';
import type { CampaignStatus } from '../domain/status.ts';
import type { CliContext } from './context.ts';
import { progressLine, progressLines } from './report.ts';

const lookEveryMs = { terminal: 500, plain: 1_000 };

/** Plain output gets a line when the state changes, and at least this often. */
const plainLineEveryMs = 5_000;

/**
 * Shows the campaign until it has ended, the budget is used up, or `signal` aborts.
 *
 * @param look reads the campaign's status
 * @param watch called at each look; what it throws ends the view
 */
export async function follow(
  context: CliContext,
  look: () => Promise<CampaignStatus>,
  watch: (status: CampaignStatus) => Promise<void> = async () => undefined,
): Promise<CampaignStatus> {
  let said = '';
  let saidAt = 0;
  for (;;) {
    const status = await look();
    if (context.isTerminal) {
      context.live(progressLines(status));
    } else if (`${status.state}${status.reason}` !== said || Date.now() - saidAt >= plainLineEveryMs) {
      context.talk(progressLine(status));
      said = `${status.state}${status.reason}`;
      saidAt = Date.now();
    }
    if (hasEnded(status) || context.signal.aborted) return status;
    await watch(status);
    const wait = context.isTerminal ? lookEveryMs.terminal : lookEveryMs.plain;
    await sleep(wait, undefined, { signal: context.signal }).catch(() => undefined);
  }
}

/** True when looking longer changes nothing: all notes have ended, or a person must act. */
export function hasEnded(status: CampaignStatus): boolean {
  return (
    status.state === 'done' ||
    status.state === 'cancelled' ||
    (status.state === 'waiting' && (status.reason?.startsWith('budget') ?? false))
  );
}
