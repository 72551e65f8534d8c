import type { CampaignStatus } from '../domain/status.ts';
import { TIERS } from '../domain/tiers.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A number for people: `3,187`. */
export function count(value: number): string {
  return whole.format(value);
}

/** Money for people; more digits while it is small. */
export function cost(value: number): string {
  return value === 0 ? '0' : value.toFixed(value < 1 ? 4 : 2);
}

/** A span of time for people: `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A bar of `width` characters, filled by `share` (0-1). */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

/** The live view of a campaign: a line for the whole, one per tier, one for what it waits for. */
export function progressLines(status: CampaignStatus): string[] {
  const { notes, llm } = status;
  const ended = notes.accepted + notes.rejected + notes.failed;
  const lines = [
    `${status.campaign}  ${status.state}  ${bar(ended / Math.max(1, notes.planned), 30)} ${count(ended)}/${count(notes.planned)} notes`,
    `  ${count(notes.accepted)} accepted  ${count(notes.rejected)} rejected  ${count(notes.failed)} failed  ${count(llm.calls)} calls  cost ${cost(llm.cost)}${pace(status)}`,
  ];
  for (const tier of TIERS) {
    const row = status.tiers[tier];
    if (row === undefined || row.planned === 0) continue;
    lines.push(
      `  ${tier.padEnd(9)} ${bar(row.accepted / row.planned, 30)} ${count(row.accepted)}/${count(row.planned)} accepted, ${count(row.codes)} codes`,
    );
  }
  if (status.reason !== null) lines.push(`  waiting: ${status.reason}`);
  return lines;
}

/** The same as one plain line, for logs and pipes. */
export function progressLine(status: CampaignStatus): string {
  const { notes, llm } = status;
  const ended = notes.accepted + notes.rejected + notes.failed;
  const waiting = status.reason === null ? '' : ` (${status.reason})`;
  return `${status.campaign} ${status.state}${waiting}: ${count(ended)}/${count(notes.planned)} notes, ${count(notes.accepted)} accepted, ${count(notes.rejected)} rejected, ${count(notes.failed)} failed, ${count(llm.calls)} calls, cost ${cost(llm.cost)}${pace(status)}`;
}

function pace({ eta }: CampaignStatus): string {
  if (eta === null) return '';
  return `  ${count(eta.notesPerMinute)} notes/min  ETA ${duration(eta.finishAt - Date.now())}`;
}
