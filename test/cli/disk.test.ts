import { expect, test } from 'vitest';
import { onDisk } from '../../src/cli/disk.ts';
import type { CampaignStatus } from '../../src/domain/status.ts';

const running = { campaign: 'test', state: 'running', reason: null, eta: { finishAt: 1, notesPerMinute: 2 } };
const status = running as CampaignStatus;

test('a campaign on a full disk is shown as waiting, with the reason and the cure', () => {
  expect(onDisk(status, 0)).toMatchObject({ campaign: 'test', state: 'waiting', eta: null });
  expect(onDisk(status, 0).reason).toMatch(/^disk-full: .*free some space/);
});

test('a campaign with room, and one that has ended, is shown as it is', () => {
  expect(onDisk(status, 1e9)).toBe(status);
  const done: CampaignStatus = { ...status, state: 'done' };
  expect(onDisk(done, 0)).toBe(done);
});
