// Finds the Python that runs the Qdrant engine, and a pip to fetch wheels with.

import path from 'node:path';

import { capture } from './child.mjs';
import { SetupError } from './talk.mjs';

const OLDEST = 10;
const ASK = 'import sys; print(sys.implementation.name, sys.version_info[0], sys.version_info[1], sys.executable)';
const NAMES = ['python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`), 'python'];

/** The absolute path of a CPython >= 3.10: `ZEBRA_PYTHON`, else the first on PATH. */
export async function findPython(candidates = process.env.ZEBRA_PYTHON ? [process.env.ZEBRA_PYTHON] : NAMES) {
  let best = null;
  for (const name of candidates) {
    const answer = await capture(name, ['-c', ASK]);
    const found = /^(\w+) (\d+) (\d+) (.+)$/m.exec(answer.stdout.trim());
    if (answer.code !== 0 || !found) continue;
    const [, implementation, major, minor, executable] = found;
    if (implementation === 'cpython' && Number(major) === 3 && Number(minor) >= OLDEST) return executable.trim();
    best ??= `${implementation} ${major}.${minor}`;
  }
  const fix = 'install Python 3.10 or newer, or set ZEBRA_PYTHON to it';
  throw new SetupError(best ? `the Python on PATH is too old (${best}); ${fix}` : `Python is missing; ${fix}`);
}

/** A Python that has pip: the one given, else a virtual environment made from it in `scratch`. */
export async function findPip(python, scratch) {
  if ((await capture(python, ['-m', 'pip', '--version'])).code === 0) return python;
  const venv = path.join(scratch, 'pip');
  const made = await capture(python, ['-m', 'venv', venv]);
  if (made.code === 0)
    return path.join(venv, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  throw new SetupError(
    `${python} has no pip; install it (Debian, Ubuntu: apt install python3-pip), or set ZEBRA_WHEELS to a folder of wheels`,
  );
}
