import { expect, test } from 'vitest';
import { chaosCampaign } from '../support/chaos.ts';

test(
  'a campaign whose worker, Temporal, Qdrant and everything are killed ends complete, and pays nothing twice',
  { timeout: 300_000 },
  async () => {
    const report = await chaosCampaign({ seed: 7, victims: ['worker', 'temporal', 'everything', 'qdrant'] });
    expect(report.kills.filter((kill) => kill.hit).length).toBeGreaterThanOrEqual(2);
    expect(report).toMatchObject({ unsettled: 0, doubled: 0, paidAgain: 0, unrecorded: 0, orphans: 0, exitCode: 0 });
    expect(report.accepted).toBe(report.planned);
    expect(report.lost).toBeLessThanOrEqual(report.concurrency * report.kills.length);
  },
);
