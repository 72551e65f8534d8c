import { parseArgs } from 'node:util';
import { chaosCampaign, VICTIMS } from '../test/support/chaos.ts';

/** Rounds of kill -9 at random moments; every invariant is read from the ledger and the endpoint's log. `node bench/chaos.ts --rounds 20` */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});

let broken = 0;
let kills = 0;
for (let round = 0; round < Number(values.rounds); round += 1) {
  const seed = Number(values.seed) + round;
  const first = VICTIMS[round % VICTIMS.length] ?? 'worker';
  const second = VICTIMS[(round + 1 + Math.floor(round / VICTIMS.length)) % VICTIMS.length] ?? 'everything';
  const report = await chaosCampaign({ seed, victims: [first, second] });
  const hits = report.kills.filter((kill) => kill.hit);
  kills += hits.length;
  const lostAtMost = report.concurrency * hits.length;
  const complaints = [
    report.unsettled > 0 && `${report.unsettled} notes without an end`,
    report.doubled > 0 && `${report.doubled} doubled`,
    report.paidAgain > 0 && `${report.paidAgain} paid again`,
    report.unrecorded > 0 && `${report.unrecorded} calls without an intent row`,
    report.lost > lostAtMost && `${report.lost} calls lost, more than the ${lostAtMost} that were in flight`,
    report.orphans > 0 && `${report.orphans} orphans`,
    report.exitCode !== 0 && `exit ${report.exitCode}`,
  ].filter((complaint) => complaint !== false);
  if (complaints.length > 0) broken += 1;
  console.log(
    `round ${round + 1}: killed ${report.kills.map((kill) => `${kill.victim}${kill.hit ? '' : ' (missed)'} at ${(kill.afterMs / 1000).toFixed(1)} s`).join(', ')}; ${report.accepted}+${report.rejected}+${report.failed} of ${report.planned} notes, ${report.calls} calls, ${report.lost} lost, ${(report.elapsedMs / 1000).toFixed(0)} s: ${complaints.length === 0 ? 'good' : complaints.join(', ')}`,
  );
}
console.log(`${values.rounds} rounds, ${kills} kills, ${broken} rounds broken`);
process.exitCode = broken === 0 ? 0 : 1;
