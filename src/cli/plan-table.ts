import type { Estimate } from '../domain/estimate.ts';
import type { TargetPlan, UnplannedReason } from '../domain/plan.ts';
import { bar, cost, count, duration } from './report.ts';

const BAR_WIDTH = 30;
/** Codes named in a list; the rest is counted. */
const LISTED = 6;

const REASONS: Record<UnplannedReason, string> = {
  'no-knowledge': 'that no code table at hand describes',
  'no-relative': 'never seen, with no relative in the corpus up to substitution.maxRung',
  'no-allocation': 'that the allocation gives no note',
};

/** The plan for people: tiers with bars, what gets nothing and why, and what it will take. */
export function planTable(campaign: string, plan: TargetPlan, estimate: Estimate): string[] {
  const most = Math.max(1, ...plan.tiers.map(({ notes }) => notes));
  const rows = plan.tiers
    .filter(({ codes }) => codes > 0)
    .map(({ tier, codes, notes }) => {
      const each = plan.targets.filter((target) => target.tier === tier).map((target) => target.notes);
      const [least, greatest] = [Math.min(...each), Math.max(...each)];
      const range = least === greatest ? `${least}` : `${least}-${greatest}`;
      return `  ${tier.padEnd(9)} ${count(codes).padStart(7)} ${range.padStart(7)} ${count(notes).padStart(9)}  ${bar(notes / most, BAR_WIDTH)}`;
    });
  return [
    `campaign ${campaign}: ${count(plan.notes)} notes for ${count(plan.targets.length)} codes`,
    '',
    `  ${'tier'.padEnd(9)} ${'codes'.padStart(7)} ${'each'.padStart(7)} ${'notes'.padStart(9)}`,
    ...rows,
    '',
    ...unplannedLines(plan),
    estimateLine(estimate),
  ];
}

/** One line per reason for which codes that were asked for get no notes. */
export function unplannedLines({ unplanned, beyondLimit }: TargetPlan): string[] {
  const groups = Map.groupBy(unplanned, ({ reason, code }) =>
    reason === 'no-knowledge' && code.type === 'px' ? 'of procedures, for which there is no table' : REASONS[reason],
  );
  const lines = [...groups].map(([text, entries]) => {
    const listed = entries.slice(0, LISTED).map(({ code }) => code.code);
    const rest = entries.length > LISTED ? `, and ${count(entries.length - LISTED)} more` : '';
    return `not planned: ${codesOf(entries.length)} ${text} (${listed.join(', ')}${rest})`;
  });
  if (beyondLimit > 0) lines.push(`not planned: ${codesOf(beyondLimit)} beyond targets.limit`);
  return lines;
}

function estimateLine({ calls, mostCalls, inputTokens, outputTokens, cost: price, seconds }: Estimate): string {
  const tokens = `${count(inputTokens)} tokens in, ${count(outputTokens)} out`;
  return `expected: ${count(calls)} calls (at most ${count(mostCalls)}), ${tokens}, cost ${cost(price)}, about ${duration(seconds * 1000)}`;
}

function codesOf(number: number): string {
  return number === 1 ? '1 code' : `${count(number)} codes`;
}
