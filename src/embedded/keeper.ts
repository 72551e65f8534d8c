import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Runs a program that has no life line of its own, and kills it when standard input closes: that is when the process that
 * started the keeper is gone, kill -9 included. On Linux the kernel kills the program too if the keeper itself is killed.
 *
 * Usage: node keeper.ts PROGRAM ARGUMENT...
 */
const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => process.platform === 'linux' && existsSync(path));
const command = process.argv.slice(2);
const [program = '', ...args] = setpriv === undefined ? command : [setpriv, '--pdeathsig', 'KILL', '--', ...command];

const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', () => process.exit(127));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));

process.stdin.resume();
process.stdin.on('end', () => {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 3_000).unref();
});
process.stdin.on('error', () => child.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
