import { describe, expect, test } from 'vitest';
import { DependencyFailure } from '../../src/domain/failure.ts';
import { attemptRef, targetRef } from '../support/ledger-fixture.ts';
import { environmentOf, openSteps } from '../support/steps.ts';

const target = targetRef('E75.22');

/** Steps whose index fails as the test says, until it is mended. */
async function withIndex(failure: DependencyFailure) {
  const state = { broken: true };
  const steps = await openSteps({
    turns: ['a reply'],
    ports: ({ index }) => ({
      index: { ...index, nearest: (...args) => (state.broken ? Promise.reject(failure) : index.nearest(...args)) },
    }),
  });
  const retrieve = (tries: number) => steps.runIn(environmentOf({ tries }), 'retrieve', target);
  return { ...steps, retrieve, mend: () => (state.broken = false) };
}

describe('what stops a step', () => {
  test('for good until somebody acts is shown at once as what the campaign waits for', async () => {
    const { ledger, retrieve } = await withIndex(new DependencyFailure('index-mismatch', { where: '127.0.0.1:1' }));
    await expect(retrieve(1)).rejects.toMatchObject({ type: 'index-mismatch', nonRetryable: false });
    expect(await ledger.status('pilot')).toMatchObject({
      state: 'waiting',
      reason: 'index-mismatch: index mismatch at 127.0.0.1:1',
    });
  });

  test('for a moment is shown only when it goes on', async () => {
    const { ledger, retrieve } = await withIndex(new DependencyFailure('index-unavailable'));
    await expect(retrieve(2)).rejects.toMatchObject({ type: 'index-unavailable' });
    expect((await ledger.status('pilot')).state).not.toBe('waiting');
    await expect(retrieve(3)).rejects.toMatchObject({ type: 'index-unavailable' });
    expect((await ledger.status('pilot')).state).toBe('waiting');
  });

  test('is no longer shown when the work goes on', async () => {
    const { ledger, retrieve, mend, run } = await withIndex(new DependencyFailure('index-unavailable'));
    await retrieve(3).catch(() => undefined);
    mend();
    await retrieve(4);
    await run('substitute', target);
    await run('generate', attemptRef('E75.22', 1));
    expect(await ledger.status('pilot')).toMatchObject({ state: 'running', reason: null });
  });

  test('is told to Temporal though the ledger cannot be told', async () => {
    const full = new DependencyFailure('disk-full');
    const { run } = await openSteps({
      ports: ({ ledger }) => ({
        ledger: { ...ledger, saveRetrieval: () => Promise.reject(full), setWaiting: () => Promise.reject(full) },
      }),
    });
    await expect(run('retrieve', target)).rejects.toMatchObject({ type: 'disk-full', nonRetryable: false });
  });
});
