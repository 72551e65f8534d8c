import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readInvariants } from '../test/support/invariants.ts';
import { createEndpointCampaign, statusOf, until } from '../test/support/short-campaign.ts';

/**
 * The endpoint goes down in the middle of a campaign and comes back. Prints how long it took until the campaign said that it waits,
 * and until it wrote again by itself.
 *
 * `node bench/outage.ts --seconds 120`
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, latency: { type: 'string', default: '400' } },
});
const seconds = Number(values.seconds);

const campaign = await createEndpointCampaign(['--latency', values.latency]);
const { folder, endpoint } = campaign;
const since = (from: number) => `${((Date.now() - from) / 1000).toFixed(1)} s`;
const complaints: string[] = [];
try {
  const run = folder.start(['run']);
  if (!(await until(async () => (await endpoint.stats()).answered >= 3, 90_000)))
    complaints.push('no call was answered');
  const downAt = Date.now();
  const upAt = downAt + seconds * 1000;
  await endpoint.control({ outageUntil: upAt });
  const before = await endpoint.stats();

  let said: string | null = null;
  let failed = 0;
  while (Date.now() < upAt) {
    const status = await statusOf(folder);
    failed = Math.max(failed, status?.notes.failed ?? 0);
    if (status?.state === 'waiting' && said === null) {
      said = status.reason;
      console.log(`down for ${seconds} s; after ${since(downAt)} the campaign is waiting: ${said}`);
    }
    await sleep(1_000);
  }
  if (said === null) complaints.push('it never said that it waits');
  if (failed > 0) complaints.push(`${failed} notes failed in the outage`);

  await until(async () => (await endpoint.stats()).answered > before.answered, 120_000);
  console.log(`back: the first call was answered after ${since(upAt)}`);
  const { code } = await run.ended;
  const status = await statusOf(folder);
  const found = readInvariants(folder.ledgerPath, endpoint.log);
  console.log(
    `end after ${since(upAt)}: exit ${code}, ${status?.state}, ${found.accepted} accepted, ${found.rejected} rejected, ${found.failed} failed of ${found.planned}; ${found.calls} calls tried, ${(await endpoint.stats()).answered} answered, ${found.paidAgain} paid again`,
  );
  if (code !== 0 || found.accepted !== found.planned) complaints.push('not every note was written');
  if (found.paidAgain + found.doubled + found.unsettled > 0) complaints.push('an invariant is broken');
} finally {
  await campaign.end();
}
console.log(complaints.length === 0 ? 'good' : complaints.join(', '));
process.exitCode = complaints.length === 0 ? 0 : 1;
