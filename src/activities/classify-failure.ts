import { log } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { placeOf } from '../domain/error-place.ts';
import { DependencyFailure, type FailureType, policyOf } from '../domain/failure.ts';

/** Tries after which an error of unknown kind stops being retried and is recorded as a defect. */
const defectTries = 8;

const waitsByType: Partial<Record<FailureType, number>> = {
  'rate-limited': 2_000,
  unauthorized: 15_000,
  'model-unknown': 15_000,
  'egress-refused': 15_000,
  'index-mismatch': 15_000,
  'setup-missing': 15_000,
  'disk-full': 10_000,
  'ledger-corrupt': 30_000,
};

/**
 * What Temporal is told of an error in a step: type, facts and a wait, never a cause and never text of the input.
 *
 * A `DependencyFailure` keeps its type: retried, parked (retried slowly) or final by its policy. Anything else is a
 * defect: retried, loud, and final after eight tries. Cancellations pass through.
 *
 * @param tries how often Temporal has started this step, this time included
 */
export function toApplicationFailure(error: unknown, tries: number): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof DependencyFailure) {
    const policy = policyOf(error.type);
    const failure = ApplicationFailure.create({
      type: error.type,
      message: error.message,
      nonRetryable: policy.startsWith('fail-'),
      nextRetryDelay: policy.startsWith('fail-') ? undefined : nextDelay(error, tries),
      category: policy === 'park' ? ApplicationFailureCategory.BENIGN : undefined,
    });
    failure.stack = `${failure.name}: ${failure.message}`;
    return failure;
  }
  const place = placeOf(error);
  log.error('a step failed for a reason that is not on the list', { place, tries });
  const failure = ApplicationFailure.create({
    type: 'defect',
    message: `unexpected error ${place}`,
    nonRetryable: tries >= defectTries,
  });
  failure.stack = `${failure.name}: ${failure.message}`;
  return failure;
}

/** Milliseconds: what the other side asked for, else the type's wait, else doubling from half a second to 20 s. */
function nextDelay(error: DependencyFailure, tries: number): number {
  const backOff = Math.min(500 * 2 ** Math.min(tries - 1, 6), 20_000);
  return Math.max(error.facts.retryAfterMs ?? 0, waitsByType[error.type] ?? backOff);
}
