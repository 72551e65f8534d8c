import { afterEach, describe, expect, test } from 'vitest';
import type { CampaignFolder } from '../support/campaign-folder.ts';
import { CANARY, createShortCampaign, shortNotes, statusOf } from '../support/short-campaign.ts';

let folder: CampaignFolder;
afterEach(() => folder.remove());

const first = shortNotes.split('\n')[0]!;

/** Lines 13 to 18 are bad in six ways; each holds the canary, which no message may quote. */
const damaged = `${shortNotes}${[
  `{"id": "x", "text": "cut off in ${CANARY}`,
  JSON.stringify({ id: `y-${CANARY}`, codes: ['E75.21'] }),
  JSON.stringify({ id: 'z', text: `A visit to ${CANARY}.`, codes: [CANARY] }),
  first,
  JSON.stringify({ id: 'w', text: `A visit to ${CANARY}.`, codes: 'E75.21' }),
  `["${CANARY}"]`,
].join('\n')}\n`;

const complaints = [
  /notes\.jsonl:13: not valid JSON; each line must be one whole JSON object$/,
  /notes\.jsonl:14: text is missing: expected the note's text$/,
  /notes\.jsonl:15: codes\[0\] is malformed: an ICD-10-CM diagnosis is /,
  /notes\.jsonl:16: the id of this note stands on line 1 already; ids must be unique$/,
  /notes\.jsonl:17: codes is missing: expected a list of codes$/,
  /notes\.jsonl:18: not a JSON object$/,
];

describe('zebra run', () => {
  test.each([
    ['is empty', '', 'the corpus holds no note; a campaign needs real notes to start from'],
    [
      'has no training note',
      shortNotes.replaceAll('{"id"', '{"split":"test","id"'),
      'the corpus holds no training note (12 of other splits); a campaign needs real notes to start from',
    ],
  ])('ends with 2 and one line when the corpus %s', async (_, notes, complaint) => {
    folder = await createShortCampaign({}, notes);
    const { code, stdout, stderr } = await folder.zebra('run');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(complaint);
    expect(stderr).not.toContain(CANARY);
  });

  test('names every bad line of the corpus and takes nothing in; with --skip-bad it lists them and keeps the rest', async () => {
    folder = await createShortCampaign({}, damaged);
    const refused = await folder.zebra('run');
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' });
    const lines = refused.stderr.trim().split('\n');
    expect(lines).toHaveLength(complaints.length + 1);
    complaints.forEach((complaint, index) => expect(lines[index]).toMatch(complaint));
    expect(lines.at(-1)).toBe('zebra: nothing was ingested; mend the lines, or leave them out with --skip-bad');
    expect(await statusOf(folder)).toBeNull();

    const kept = await folder.zebra('run', '--skip-bad');
    expect(kept.code).toBe(0);
    const leftOut = kept.stderr.split('\n').filter((line) => line.includes('left out'));
    expect(leftOut).toHaveLength(complaints.length);
    complaints.forEach((complaint, index) => expect(leftOut[index]).toMatch(complaint));
    expect(kept.stderr).toContain('12 training notes');
    expect(await statusOf(folder)).toMatchObject({ state: 'done', notes: { planned: 12, accepted: 12 } });
    expect(refused.stderr + kept.stderr + kept.stdout).not.toContain(CANARY);
  });
});
