import { describe, expect, test } from 'vitest';
import { attemptRef, intentOf, type Ledger, replyOf, spanOf, targetRef } from '../support/ledger-fixture.ts';
import { goodNote, openSteps, type StepsSetup } from '../support/steps.ts';

const ref = attemptRef('E75.22', 1);

async function ready(setup: StepsSetup = {}) {
  const steps = await openSteps(setup);
  await steps.run('retrieve', targetRef('E75.22'));
  await steps.run('substitute', targetRef('E75.22'));
  return steps;
}

async function reply(ledger: Ledger, text: string, attempt = 1, finishReason: 'stop' | 'length' = 'stop') {
  const opened = await ledger.openCall(intentOf({ ...ref, attempt }));
  if (opened.outcome !== 'opened') throw new Error(opened.outcome);
  await ledger.closeCall(opened.callId, { ...replyOf(text), finishReason }, spanOf('generate'));
}

describe('a reply that passes every check', () => {
  test('is published with its evidence: spans of code points that name each code of the set', async () => {
    const { ledger, run } = await ready();
    await reply(ledger, `🩺 ${goodNote}`);
    expect(await run('validate', ref, false)).toBe('accepted');
    const [published] = await Array.fromAsync(ledger.acceptedNotes('pilot'));
    const { codes } = (await ledger.codeSet(ref))!;
    expect(published).toMatchObject({ id: 'pilot/icd10cm/dx/E75.22/1', attempt: 1, codeSet: { codes } });
    const points = Array.from(published!.text);
    for (const code of codes) {
      const spans = published!.verdict.evidence.filter((span) => span.code.code === code.code);
      expect(spans.length).toBeGreaterThan(0);
      for (const { start, end } of spans)
        expect(points.slice(start, end).join('')).toMatch(/gaucher|hypertension|diabetes/i);
    }
    expect(points.slice(...spanOfTarget(published!.verdict.evidence)).join('')).toBe('Gaucher disease');
  });

  test('settles the note for good: another attempt changes nothing', async () => {
    const { ledger, run } = await ready();
    await reply(ledger, goodNote);
    await run('validate', ref, false);
    expect(await run('validate', ref, true)).toBe('accepted');
    expect(await ledger.status('pilot')).toMatchObject({ notes: { accepted: 1, rejected: 0, pending: 2 } });
  });
});

describe('a reply that fails a check', () => {
  test('leaves the note open while it may be tried again', async () => {
    const { ledger, run } = await ready();
    await reply(ledger, 'Gaucher disease.');
    expect(await run('validate', ref, false)).toBe('rejected');
    expect(await ledger.status('pilot')).toMatchObject({ notes: { rejected: 0, pending: 3 } });
    expect(await ledger.openNotes(targetRef('E75.22'))).toMatchObject({
      ordinals: [{ ordinal: 1, attemptsJudged: 1 }, {}, {}],
    });
  });

  test('on the last attempt settles it as rejected, with the reasons', async () => {
    const { ledger, run } = await ready();
    await reply(ledger, goodNote.replaceAll(/gaucher disease/gi, 'a storage disorder'));
    expect(await run('validate', ref, true)).toBe('rejected');
    const [note] = await ledger.notes('pilot', { states: ['rejected'] }, null, 10);
    expect(note).toMatchObject({ ordinal: 1, reason: 'coverage/not-found' });
  });

  test('says each reason of its verdict once, as data', async () => {
    const { ledger, run } = await ready();
    await reply(ledger, 'The patient has no Gaucher disease.', 1, 'length');
    await run('validate', ref, false);
    const verdict = await ledger.previousVerdict({ ...ref, attempt: 2 });
    const reasons = verdict!.checks.flatMap((check) => check.rejections.map(({ reason }) => `${check.name}/${reason}`));
    expect(reasons).toEqual(expect.arrayContaining(['form/too-short', 'form/truncated', 'coverage/negated']));
  });

  test('by what it copied names the source note', async () => {
    const { ledger, run } = await ready({ revision: { validation: strictOnCopies } });
    const set = (await ledger.codeSet(ref))!;
    const [anchor] = await ledger.sourceNotes('fiction', [set.anchor]);
    await reply(ledger, `${goodNote} ${anchor!.text}`);
    expect(await run('validate', ref, false)).toBe('rejected');
    const verdict = await ledger.previousVerdict({ ...ref, attempt: 2 });
    expect(verdict!.checks.flatMap((check) => check.rejections)).toContainEqual(
      expect.objectContaining({ check: 'copy', reason: 'shared-run', source: set.anchor }),
    );
  });

  test('of action warn is kept in the verdict and does not reject', async () => {
    const { ledger, run } = await ready({
      revision: { validation: { ...strictOnCopies, copy: { action: 'warn', maxSharedTokens: 3 } } },
    });
    const set = (await ledger.codeSet(ref))!;
    const [anchor] = await ledger.sourceNotes('fiction', [set.anchor]);
    await reply(ledger, `${goodNote} ${anchor!.text}`);
    expect(await run('validate', ref, false)).toBe('accepted');
    const [published] = await Array.fromAsync(ledger.acceptedNotes('pilot'));
    expect(published!.verdict.checks.find(({ name }) => name === 'copy')).toMatchObject({
      action: 'warn',
      passed: false,
    });
  });
});

test('a verdict that is stored is kept: judging again answers the same', async () => {
  const { ledger, run } = await ready();
  await reply(ledger, 'Too short.');
  await run('validate', ref, false);
  const first = await ledger.previousVerdict({ ...ref, attempt: 2 });
  await run('validate', ref, true);
  expect(await ledger.previousVerdict({ ...ref, attempt: 2 })).toEqual(first);
});

test('without a committed reply there is nothing to judge: the step says so, and the note stays open', async () => {
  const { ledger, run } = await ready();
  expect(await run('validate', ref, true)).toBe('missing');
  expect((await ledger.notes('pilot', { states: ['pending'] }, null, 10)).map(({ ordinal }) => ordinal)).toContain(1);
});

const strictOnCopies = {
  attempts: 3,
  coverage: { action: 'reject' },
  'label-leak': { action: 'reject' },
  copy: { action: 'reject', maxSharedTokens: 5 },
  form: { action: 'reject', minShare: 0.3, maxShare: 3 },
} as const;

function spanOfTarget(
  evidence: readonly { readonly code: { code: string }; readonly start: number; readonly end: number }[],
): [number, number] {
  const { start, end } = evidence.find(({ code }) => code.code === 'E75.22')!;
  return [start, end];
}
