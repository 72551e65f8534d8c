import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { CampaignFolder } from '../support/campaign-folder.ts';
import { readInvariants } from '../support/invariants.ts';
import { descendants } from '../support/processes.ts';
import {
  CANARY,
  createEndpointCampaign,
  createShortCampaign,
  type EndpointCampaign,
  startHeldCampaign,
  statusOf,
  until,
} from '../support/short-campaign.ts';

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const commandExists = (name: string) => spawnSync(name, ['--version']).status === 0;

describe('a damaged ledger ends every command with 3, names file and remedy, and is left as it is:', () => {
  let folder: CampaignFolder;
  afterEach(() => folder.remove());

  const commands = [['run'], ['status', '--json'], ['export']];

  /** How each command ends, and whether the file is as it was. */
  async function everyRefusal(): Promise<unknown> {
    const before = readFileSync(folder.ledgerPath);
    const ends: unknown[] = [];
    for (const args of commands) {
      const { code, stdout, stderr } = await folder.zebra(...args);
      ends.push({ code, stdout, lines: stderr.trim().split('\n') });
    }
    return { ends, untouched: readFileSync(folder.ledgerPath).equals(before) };
  }

  function asExpected(): unknown {
    const line = `zebra: ledger corrupt at ${folder.ledgerPath}: the file is damaged or is no ledger; keep a copy, then put back a backup, or rescue it with \`sqlite3 ledger.db .recover\`, or move it away to start anew`;
    return { ends: commands.map(() => ({ code: 3, stdout: '', lines: [line] })), untouched: true };
  }

  test('a file that is no ledger', async () => {
    folder = await createShortCampaign();
    mkdirSync(join(folder.path, '.zebra'));
    writeFileSync(folder.ledgerPath, `This is no database, but a letter from ${CANARY}. `.repeat(50));
    expect(await everyRefusal()).toEqual(asExpected());
  });

  test('a ledger with pages overwritten', async () => {
    folder = await createShortCampaign();
    expect((await folder.zebra('run')).code).toBe(0);
    const file = openSync(folder.ledgerPath, 'r+');
    const { size } = statSync(folder.ledgerPath);
    for (let at = 4096; at + 4096 < size; at += 3 * 4096) writeSync(file, Buffer.alloc(3000, 0x5a), 0, 3000, at);
    closeSync(file);
    expect(await everyRefusal()).toEqual(asExpected());
  });
});

describe.skipIf(process.platform === 'win32')('on a full disk', () => {
  let campaign: EndpointCampaign;
  afterEach(() => campaign.end());

  test('a run that cannot begin ends with 3 and says to free some space', async () => {
    campaign = await createEndpointCampaign();
    // A limit on the size of files stands in for the full disk: both refuse the write.
    const script = `ulimit -S -f 8; exec '${process.execPath}' '${program}' run`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
      cwd: campaign.folder.path,
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(/^zebra: disk full at \S+ledger\.db: free some space; nothing is lost/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test.skipIf(!commandExists('prlimit'))(
    'a campaign waits, fails no note, and goes on by itself when there is room again; no reply is paid twice',
    { timeout: 120_000 },
    async () => {
      const held = await startHeldCampaign();
      campaign = held;
      const { run, folder, endpoint } = held;
      const worker = descendants(run.pid ?? 0).find(({ command }) => command.includes('src/worker.ts'));
      const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(worker?.pid), `--fsize=${bytes}:`]);
      limit('4096');
      const { calls } = await endpoint.stats();
      await held.letGo();
      expect(await until(async () => (await endpoint.stats()).answered >= calls)).toBe(true);
      await sleep(1_500);
      const during = await statusOf(folder);
      expect(during).toMatchObject({ notes: { failed: 0, rejected: 0 } });
      expect(during?.notes.pending).toBeGreaterThan(0);
      expect((await endpoint.stats()).calls).toBeLessThanOrEqual(calls + 2);
      limit('unlimited');

      expect((await run.ended).code).toBe(0);
      expect(await statusOf(folder)).toMatchObject({ state: 'done', notes: { accepted: 12 } });
      expect(readInvariants(folder.ledgerPath, endpoint.log)).toMatchObject({
        unsettled: 0,
        failed: 0,
        paidAgain: 0,
        doubled: 0,
        unrecorded: 0,
        calls: 12,
      });
    },
  );
});
