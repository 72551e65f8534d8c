// Starts other programs: quietly for set-up's own steps, and in our place for the program that the user asked for.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';

const FOLLOW_LAUNCHER = new URL('./follow-launcher.mjs', import.meta.url).href;

/** Runs a program to its end; answers what it wrote, and null as its code when it could not be started. */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('error', (error) => resolve({ code: null, stdout, stderr: stderr || error.message }));
    child.once('close', (code, signal) => resolve({ code: code ?? 128 + constants.signals[signal], stdout, stderr }));
  });
}

/** The environment with a Node's folder, and the clone's own commands, first on PATH. */
export function environmentOf(node, root) {
  const pathKey = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  const first = [path.join(root, 'node_modules', '.bin'), path.dirname(node)];
  return { ...process.env, [pathKey]: [...first, process.env[pathKey]].join(path.delimiter) };
}

/** Ctrl-C on a terminal reaches every process of the foreground group by itself; passing it on would deliver it twice. */
function hasTerminal() {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return process.platform === 'win32' && Boolean(process.stdin.isTTY);
  }
}

/**
 * Runs a Node program in our place: same streams, signals passed on once, and its exit code as the answer (128 + number when a
 * signal ended it). The program is asked to stop (SIGTERM) when we are killed.
 */
export function standIn(node, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['--import', FOLLOW_LAUNCHER, ...args], {
      cwd,
      env: { ...env, ZEBRA_LAUNCHER_PID: String(process.pid) },
      stdio: 'inherit',
    });
    const fromTerminal = hasTerminal();
    const handlers = ['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGQUIT'].map((signal) => {
      const pass = signal === 'SIGTERM' || !fromTerminal;
      const handler = () => void (pass && child.kill(signal));
      process.on(signal, handler);
      return [signal, handler];
    });
    const settle = (act) => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      act();
    };
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code, signal) => settle(() => resolve(code ?? 128 + constants.signals[signal])));
  });
}
