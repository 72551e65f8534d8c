import { describe, expect, test } from 'vitest';
import { noteRef, sourceNote, dx, targetRef } from '../support/ledger-fixture.ts';
import { notes, openSteps } from '../support/steps.ts';

describe('anchors', () => {
  test('are the training notes that carry the target, as many as notes are planned, those near its card first', async () => {
    const { ledger, run } = await openSteps({ plan: { 'E75.22': 3 } });
    await run('retrieve', targetRef('E75.22'));
    const { anchors } = (await ledger.retrieval(targetRef('E75.22')))!;
    expect(anchors.map(({ noteId }) => noteId).sort()).toEqual(['g1', 'g2']);
    expect(
      anchors.every(({ strategy, rung, sibling }) => strategy === 'clone' && rung === null && sibling === null),
    ).toBe(true);
    const scores = anchors.map(({ score }) => score ?? 0);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  test('are at most as many as the notes planned', async () => {
    const { ledger, run } = await openSteps({ plan: { 'E75.22': 1 } });
    await run('retrieve', targetRef('E75.22'));
    expect((await ledger.retrieval(targetRef('E75.22')))!.anchors).toHaveLength(1);
  });

  test('are the notes of the nearest relative where no training note carries the target', async () => {
    const { ledger, run } = await openSteps({ plan: { 'E75.21': 2 } });
    await run('retrieve', targetRef('E75.21'));
    const { anchors } = (await ledger.retrieval(targetRef('E75.21')))!;
    expect(anchors.length).toBeGreaterThan(0);
    for (const anchor of anchors) {
      expect(anchor).toMatchObject({ strategy: 'substitute', rung: 'sibling' });
      const note = notes.find(({ id }) => id === anchor.noteId)!;
      expect(note.codes).toContainEqual(anchor.sibling);
    }
  });

  test('that the index does not know yet are still found through the ledger', async () => {
    const { ledger, index, run } = await openSteps();
    await index.remove(['g1', 'g2']);
    await run('retrieve', targetRef('E75.22'));
    const { anchors } = (await ledger.retrieval(targetRef('E75.22')))!;
    expect(anchors.map(({ noteId, score }) => [noteId, score])).toEqual([
      ['g1', null],
      ['g2', null],
    ]);
  });

  test('are never validation or test notes, though the index may still hold one', async () => {
    const moved = sourceNote('t1', { codes: [dx('E75.22')], split: 'test', text: 'Fictional. Gaucher disease.' });
    const { ledger, index, run } = await openSteps({ notes: [...notes, moved] });
    await index.upsert([
      { noteId: 't1', chunk: 0, vector: new Float32Array(64).fill(1), codes: ['icd10cm/dx/E75.22'] },
    ]);
    await run('retrieve', targetRef('E75.22'));
    const { anchors } = (await ledger.retrieval(targetRef('E75.22')))!;
    expect(anchors.map(({ noteId }) => noteId).sort()).toEqual(['g1', 'g2']);
  });

  test('missing on every rung that the campaign allows fail the code, naming the setting', async () => {
    const { run, ledger } = await openSteps({
      plan: { 'E75.21': 1 },
      notes: notes.filter(({ id }) => id === 'h1'),
    });
    await expect(run('retrieve', targetRef('E75.21'))).rejects.toMatchObject({
      type: 'anchor-missing',
      nonRetryable: true,
      message: expect.stringContaining('substitution.maxRung'),
    });
    expect(await ledger.retrieval(targetRef('E75.21'))).toBeNull();
  });
});

test('the anchor of a note is never among its examples', async () => {
  const { ledger, run } = await openSteps({ plan: { 'E75.22': 6 } });
  await run('retrieve', targetRef('E75.22'));
  await run('substitute', targetRef('E75.22'));
  for (let ordinal = 1; ordinal <= 6; ordinal += 1) {
    const set = (await ledger.codeSet(noteRef('E75.22', ordinal)))!;
    expect(set.examples.length).toBeGreaterThan(0);
    expect(set.examples).not.toContain(set.anchor);
  }
});

test('a corpus of one note gives an anchor and no example', async () => {
  const { ledger, run } = await openSteps({ notes: notes.slice(0, 1), plan: { 'E75.22': 1 } });
  await run('retrieve', targetRef('E75.22'));
  await run('substitute', targetRef('E75.22'));
  expect(await ledger.codeSet(noteRef('E75.22', 1))).toMatchObject({ anchor: 'g1', examples: [] });
});

test('what was retrieved once is kept, whatever the index says later', async () => {
  const { ledger, index, run } = await openSteps();
  await run('retrieve', targetRef('E75.22'));
  const first = await ledger.retrieval(targetRef('E75.22'));
  await index.remove(['g1', 'g2', 'k1', 'h1']);
  await run('retrieve', targetRef('E75.22'));
  expect(await ledger.retrieval(targetRef('E75.22'))).toEqual(first);
});

test('retrieval asks the embedder once for a code, not again on a repeat', async () => {
  let asked = 0;
  const { run } = await openSteps({
    ports: ({ embedder }) => ({
      embedder: {
        ...embedder,
        embed: (texts) => {
          asked += 1;
          return embedder.embed(texts);
        },
      },
    }),
  });
  await run('retrieve', targetRef('E75.22'));
  await run('retrieve', targetRef('E75.22'));
  expect(asked).toBe(1);
});

test('a code that no table describes fails the code', async () => {
  const { run } = await openSteps({ plan: { 'Z99.99': 1 } });
  await expect(run('retrieve', targetRef('Z99.99'))).rejects.toMatchObject({
    type: 'knowledge-missing',
    nonRetryable: true,
  });
});
