import { type ChildProcess, spawn } from 'node:child_process';
import { partOf, type RunningPart } from '../../src/embedded/part.ts';

/** Ends when its standard input closes, as embedded parts do. */
export const obedient = "process.stdin.resume().on('end', () => process.exit(0))";

/** Goes on whatever it is told, until it is killed. */
export const stubborn =
  "for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => {}); setInterval(() => {}, 1e6)";

/** A process that stands in for an engine. */
export function startScript(script: string, graceMs?: number): RunningPart & { readonly child: ChildProcess } {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'ignore', 'ignore'] });
  return { ...partOf(child, graceMs), child };
}
