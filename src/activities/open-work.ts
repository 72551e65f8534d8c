import type { Steps } from '../domain/campaign.ts';
import type { Ports } from './ports.ts';

/** Codes a shard holds: enough to amortise it, few enough for a short history. */
const codesPerShard = 250;

/** What the ledger says is still open, as references. */
export function createOpenWork({ ledger }: Ports): Pick<Steps, 'openWork' | 'openTargets'> {
  return {
    openWork: (campaign) => ledger.openWork(campaign, codesPerShard),
    async openTargets(campaign, range) {
      const rows = await ledger.openTargets(campaign, range);
      return rows.map(({ system, type, code, round, tier }) => ({
        target: { campaign, system, type, code, round },
        tier,
      }));
    },
  };
}
