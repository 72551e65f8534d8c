import { expect, test } from 'vitest';
import { attempt, attemptRef, dx, noteRef, rejectedFor, targetRef, tooShort } from '../support/ledger-fixture.ts';
import { notes, openSteps } from '../support/steps.ts';

const target = targetRef('E75.22');

test('each open note gets the whole code set of an anchor, target first, rotating over the anchors', async () => {
  const { ledger, run } = await openSteps({ plan: { 'E75.22': 4 } });
  await run('retrieve', target);
  expect(await run('substitute', target)).toEqual({
    notes: [1, 2, 3, 4].map((ordinal) => ({ ordinal, attemptsJudged: 0 })),
    attempts: 3,
  });
  const sets = await Promise.all(
    [1, 2, 3, 4].map(async (ordinal) => (await ledger.codeSet(noteRef('E75.22', ordinal)))!),
  );
  for (const set of sets) {
    const anchor = notes.find(({ id }) => id === set.anchor)!;
    expect(set).toMatchObject({ strategy: 'clone', rung: null, sibling: null, sex: anchor.sex });
    expect(set.codes[0]).toEqual(dx('E75.22'));
    expect(new Set(set.codes)).toEqual(new Set(anchor.codes));
  }
  expect(
    sets
      .map(({ anchor }) => anchor)
      .slice(0, 2)
      .sort(),
  ).toEqual(['g1', 'g2']);
  expect(sets[2]!.anchor).toBe(sets[0]!.anchor);
});

test("a target without notes takes the place of its sibling in the sibling's set, and the record says so", async () => {
  const { ledger, run } = await openSteps({
    plan: { 'E75.21': 2 },
    notes: notes.filter(({ id }) => id !== 'k1'),
  });
  await run('retrieve', targetRef('E75.21'));
  await run('substitute', targetRef('E75.21'));
  for (const ordinal of [1, 2]) {
    const set = (await ledger.codeSet(noteRef('E75.21', ordinal)))!;
    const comorbidities = notes.find(({ id }) => id === set.anchor)!.codes.slice(1);
    expect(set.codes).toEqual([dx('E75.21'), ...comorbidities]);
    expect(set).toMatchObject({
      strategy: 'substitute',
      rung: 'sibling',
      sibling: dx('E75.22'),
      dropped: [{ code: dx('E75.22'), reason: 'swapped' }],
    });
    expect(set.sibling).toEqual(dx('E75.22'));
  }
});

test('code sets are made once: a later round keeps them though the anchors have changed', async () => {
  const { ledger, run } = await openSteps({ plan: { 'E75.22': 1 }, revision: { seed: 1 } });
  await run('retrieve', target);
  await run('substitute', target);
  const first = await ledger.codeSet(noteRef('E75.22', 1));
  await attempt(ledger, attemptRef('E75.22', 1), rejectedFor(tooShort), true);
  expect((await ledger.openReplay('pilot', { states: ['rejected'] })).notes).toBe(1);

  const again = targetRef('E75.22', 1);
  await ledger.saveRetrieval(
    again,
    { anchors: [{ noteId: 'h1', strategy: 'clone', rung: null, sibling: null, score: null }], examples: [] },
    { step: 'retrieve', startedAt: 1, endedAt: 2, runId: 'r', activityId: '1', tries: 1, worker: 'w' },
  );
  expect(await run('substitute', again)).toEqual({ notes: [{ ordinal: 1, attemptsJudged: 0 }], attempts: 3 });
  expect(await ledger.codeSet(noteRef('E75.22', 1, 1))).toEqual(first);
});

test('notes that have ended are not asked for again, and judged attempts are counted', async () => {
  const { ledger, run } = await openSteps({ plan: { 'E75.22': 3 } });
  await run('retrieve', target);
  await run('substitute', target);
  await ledger.failNote(noteRef('E75.22', 1), 'context-length', 'too long');
  await attempt(ledger, attemptRef('E75.22', 2), rejectedFor(tooShort));
  expect((await run('substitute', target)).notes).toEqual([
    { ordinal: 2, attemptsJudged: 1 },
    { ordinal: 3, attemptsJudged: 0 },
  ]);
});

test('without a retrieval the code fails', async () => {
  const { run } = await openSteps();
  await expect(run('substitute', target)).rejects.toMatchObject({ type: 'anchor-missing', nonRetryable: true });
});
