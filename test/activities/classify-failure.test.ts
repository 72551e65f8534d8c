import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { toApplicationFailure } from '../../src/activities/classify-failure.ts';
import { DependencyFailure, type FailureType } from '../../src/domain/failure.ts';
import { parseCodeKey } from '../../src/domain/icd.ts';
import { environmentOf } from '../support/steps.ts';

/** As Temporal sees it: whether it is tried again, after how many milliseconds on the first try, and how loud it is. */
const table: Record<FailureType, readonly ['again' | 'final', wait: number | undefined, 'benign' | 'loud']> = {
  'rate-limited': ['again', 2_000, 'loud'],
  'endpoint-unavailable': ['again', 500, 'loud'],
  'endpoint-timeout': ['again', 500, 'loud'],
  'reply-cut': ['again', 500, 'loud'],
  'reply-empty': ['again', 500, 'loud'],
  'request-refused': ['final', undefined, 'loud'],
  'context-length': ['final', undefined, 'loud'],
  unauthorized: ['again', 15_000, 'benign'],
  'model-unknown': ['again', 15_000, 'benign'],
  'egress-refused': ['again', 15_000, 'benign'],
  'budget-reached': ['again', 500, 'benign'],
  paused: ['again', 500, 'benign'],
  cancelled: ['again', 500, 'benign'],
  'disk-full': ['again', 10_000, 'benign'],
  'ledger-unavailable': ['again', 500, 'loud'],
  'ledger-corrupt': ['again', 30_000, 'benign'],
  'index-unavailable': ['again', 500, 'loud'],
  'index-mismatch': ['again', 15_000, 'benign'],
  'setup-missing': ['again', 15_000, 'benign'],
  'embedding-unavailable': ['again', 500, 'loud'],
  'knowledge-missing': ['final', undefined, 'loud'],
  'anchor-missing': ['final', undefined, 'loud'],
  defect: ['final', undefined, 'loud'],
};

const canary = 'CANARY-7731';

async function classify(error: unknown, tries = 1): Promise<ApplicationFailure> {
  const failure = await environmentOf({ tries }).run(async () => toApplicationFailure(error, tries));
  return failure as ApplicationFailure;
}

test.each(Object.entries(table))('%s', async (type, [again, wait, volume]) => {
  const failure = await classify(new DependencyFailure(type as FailureType, { status: 500, where: 'h:1' }, 'advice'));
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure.type).toBe(type);
  expect(failure.nonRetryable).toBe(again === 'final');
  expect(failure.nextRetryDelay ?? undefined).toBe(wait);
  expect(failure.category === ApplicationFailureCategory.BENIGN).toBe(volume === 'benign');
  expect(failure.message).toContain('(HTTP 500) at h:1: advice');
});

describe('the wait', () => {
  test('doubles with each try up to 20 s', async () => {
    const waits = await Promise.all(
      [1, 2, 3, 6, 7, 50].map(
        async (tries) => (await classify(new DependencyFailure('endpoint-unavailable'), tries)).nextRetryDelay,
      ),
    );
    expect(waits).toEqual([500, 1_000, 2_000, 16_000, 20_000, 20_000]);
  });

  test('is at least what the other side asked for', async () => {
    const asked = (retryAfterMs: number) => classify(new DependencyFailure('rate-limited', { retryAfterMs }));
    expect((await asked(90_000)).nextRetryDelay).toBe(90_000);
    expect((await asked(0)).nextRetryDelay).toBe(2_000);
  });
});

describe('an error that is not on the list', () => {
  test('is a defect, retried until its eighth try', async () => {
    expect(await classify(new TypeError('x'), 7)).toMatchObject({ type: 'defect', nonRetryable: false });
    expect(await classify(new TypeError('x'), 8)).toMatchObject({ type: 'defect', nonRetryable: true });
    expect(await classify('not even an error', 1)).toMatchObject({ type: 'defect', nonRetryable: false });
  });

  test.each([
    ['in its message', new Error(canary)],
    [
      'in a line of its message that looks like a frame',
      new Error(`bad\n    at ${canary} (a.ts:1:2)\n    at ${canary}`),
    ],
    [
      'in a message that was changed later',
      Object.assign(new Error(`x\n    at ${canary} (a.ts:1:2)`), { message: 'y' }),
    ],
    ['in its cause', new Error('outer', { cause: new Error(canary) })],
    ['in what was quoted by a parser', thrownBy(() => JSON.parse(`{"text": "${canary}`))],
    ['as a thrown text', canary],
    ['in properties', Object.assign(new Error('x'), { body: canary, details: [canary] })],
  ])('tells its class and place, and nothing of a note %s', async (_, error) => {
    const failure = await classify(error);
    expect(everythingOf(failure)).not.toContain(canary);
    expect(failure.cause).toBeUndefined();
    expect(failure.details ?? []).toEqual([]);
  });

  test('says where it was thrown, without the folder that Zebra lies in', async () => {
    const { message } = await classify(thrownBy(() => parseCodeKey('no key')));
    expect(message).toMatch(/^unexpected error Error at parseCodeKey \(src\/domain\/icd\.ts:\d+:\d+\)$/);
  });
});

test('cancellations and failures that are classified already pass through', async () => {
  const cancelled = new CancelledFailure('cancelled');
  expect(await classify(cancelled)).toBe(cancelled);
  const classified = ApplicationFailure.nonRetryable('x', 'request-refused');
  expect(await classify(classified)).toBe(classified);
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

function everythingOf(failure: ApplicationFailure): string {
  return [failure.message, failure.stack, JSON.stringify(failure), JSON.stringify(failure.details), failure.cause].join(
    ' ',
  );
}
