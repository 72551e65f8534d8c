import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { findPip, findPython } from '../../setup/python.mjs';

describe.skipIf(process.platform === 'win32')('finding Python', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zebra-python-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A program that answers as a Python would. */
  function pretend(name: string, script: string): string {
    const file = path.join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  test('says in one line that Python is missing, with the fix', async () => {
    const absent = path.join(folder, 'python3');
    await expect(findPython([absent])).rejects.toThrow(
      /^Python is missing; install Python 3\.10 or newer, or set ZEBRA_PYTHON to it$/,
    );
  });

  test('says in one line that Python is too old, with the fix', async () => {
    const old = pretend('python3', 'echo cpython 3 9 /usr/bin/python3');
    await expect(findPython([old])).rejects.toThrow(
      /^the Python on PATH is too old \(cpython 3\.9\); install Python 3\.10 or newer/,
    );
  });

  test('passes by a Python that is too old to a newer one', async () => {
    const old = pretend('python3', 'echo cpython 3 9 /usr/bin/python3');
    const good = pretend('python3.12', 'echo cpython 3 12 /usr/bin/python3.12');
    await expect(findPython([old, good])).resolves.toBe('/usr/bin/python3.12');
  });

  test('says how to get pip where there is neither pip nor a way to make one', async () => {
    const bare = pretend('python3', 'exit 1');
    await expect(findPip(bare, folder)).rejects.toThrow(
      /has no pip; install it \(.*python3-pip\), or set ZEBRA_WHEELS/,
    );
  });

  test('makes itself a pip where Python has none but can make one', async () => {
    const bare = pretend('python3', 'test "$2" = venv');
    await expect(findPip(bare, folder)).resolves.toBe(path.join(folder, 'pip', 'bin', 'python'));
  });
});
