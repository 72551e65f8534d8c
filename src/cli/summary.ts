import { relative } from 'node:path';
import type { Ledger } from '../adapters/ledger.ts';
import type { CampaignStatus } from '../domain/status.ts';
import { TIERS } from '../domain/tiers.ts';
import type { CliContext } from './context.ts';
import type { Exported } from './export.ts';
import { bar, cost, count, duration } from './report.ts';

/** Reasons and codes listed at most; the rest is counted, and `--json` holds all. */
const listed = 8;

/** What a person wants to know when a campaign has ended: how it went by tier, why notes were left out, where things lie. */
export async function summaryLines(
  context: CliContext,
  ledger: Ledger,
  status: CampaignStatus,
  { elapsedMs, exported }: { readonly elapsedMs: number; readonly exported: Exported },
): Promise<string[]> {
  const { config } = context;
  const { notes, llm } = status;
  const rejections = (await ledger.rejectionCounts(config.campaign)).filter((row) => row.notes > 0);
  const failures = await ledger.failureCounts(config.campaign);
  const unplanned = await ledger.unplanned(config.campaign);
  const revision = await ledger.revision(config.campaign);
  const lines = [
    `campaign ${status.campaign} is ${status.state}${status.reason === null ? '' : `: ${status.reason}`}`,
    '',
    ...TIERS.flatMap((tier) => {
      const row = status.tiers[tier];
      if (row === undefined || row.planned === 0) return [];
      return [
        `  ${tier.padEnd(9)} ${bar(row.accepted / row.planned, 24)} ${count(row.accepted)} of ${count(row.planned)} notes accepted, ${count(row.codes)} codes`,
      ];
    }),
    '',
    `  accepted ${count(notes.accepted)}   rejected ${count(notes.rejected)}   failed ${count(notes.failed)}   open ${count(notes.pending)}`,
    ...rejections
      .slice(0, listed)
      .map((row) => `    rejected by ${row.check}: ${row.reason.replaceAll('-', ' ')}, ${count(row.notes)} notes`),
    ...failures
      .slice(0, listed)
      .map((row) => `    failed: ${row.type.replaceAll('-', ' ')}, ${count(row.notes)} notes`),
    `  ${count(llm.calls)} calls, ${count(llm.inputTokens)} + ${count(llm.outputTokens)} tokens, cost ${cost(llm.cost)}, writer ${revision.writer.kind} (${revision.writer.model})`,
    `  this run took ${duration(elapsedMs)}`,
  ];
  if (unplanned.length > 0) {
    const some = unplanned.slice(0, listed).map(({ code, reason }) => `${code.code} (${reason})`);
    lines.push(
      `  not planned: ${count(unplanned.length)} ${unplanned.length === 1 ? 'code' : 'codes'}: ${some.join(', ')}${unplanned.length > listed ? ', …' : ''}`,
    );
  }
  if (revision.writer.kind !== 'endpoint') {
    lines.push('  these notes are by the embedded writer: a baseline to see the machinery, not notes to train on');
  }
  lines.push('', `  notes     ${short(exported.file)}`, `  manifest  ${short(exported.manifest)}`);
  const file = short(config.file);
  lines.push(`  look at   npx zebra notes list -c ${file}   npx zebra audit CODE -c ${file}`);
  if (notes.rejected + notes.failed > 0)
    lines.push(`  again     npx zebra replay -c ${file}, then npx zebra run -c ${file}`);
  return lines;
}

function short(path: string): string {
  const near = relative('', path);
  return near !== '' && near.length < path.length ? near : path;
}
