import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { withLock } from '../../setup/lock.mjs';

const NO_SUCH_PROCESS = 2 ** 30;

describe('the lock of a set-up', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zebra-lock-'));
    file = path.join(folder, 'setup.lock');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('lets one set-up work at a time, and says that the other waits', async () => {
    const order: string[] = [];
    const lines: string[] = [];
    let release = (): void => {};
    const first = withLock(
      file,
      () => {},
      async () => {
        order.push('first begins');
        await new Promise<void>((resolve) => (release = resolve));
        order.push('first ends');
      },
    );
    const second = withLock(
      file,
      (line) => {
        lines.push(line);
        release();
      },
      () => void order.push('second'),
    );
    await Promise.all([first, second]);
    expect(order).toEqual(['first begins', 'first ends', 'second']);
    expect(lines).toEqual([expect.stringMatching(/another set-up is at work/)]);
    expect(existsSync(file)).toBe(false);
  });

  test('passes over the lock of a set-up that was killed', async () => {
    writeFileSync(file, `${hostname()} ${NO_SUCH_PROCESS}`);
    await expect(
      withLock(
        file,
        () => {},
        () => 'done',
      ),
    ).resolves.toBe('done');
  });

  test('passes over the lock of another machine that stopped beating', async () => {
    writeFileSync(file, 'another-machine 1');
    utimesSync(file, new Date(0), new Date(0));
    await expect(
      withLock(
        file,
        () => {},
        () => 'done',
      ),
    ).resolves.toBe('done');
  });

  test('is given back when the work fails', async () => {
    const failing = withLock(
      file,
      () => {},
      () => Promise.reject(new Error('no')),
    );
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });
});
