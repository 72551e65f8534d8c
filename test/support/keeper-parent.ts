// A process that starts a keeper over the program of its arguments, as `zebra run` does, and waits to be killed.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const keeper = fileURLToPath(new URL('../../src/embedded/keeper.ts', import.meta.url));
spawn(process.execPath, [keeper, ...process.argv.slice(2)], { stdio: ['pipe', 'ignore', 'ignore'] });
setInterval(() => undefined, 1_000_000);
