/** What can go wrong with the things outside: one closed list, used by adapters, activities, workflows, ledger and exit codes. */
export type FailureType =
  | 'rate-limited'
  | 'endpoint-unavailable'
  | 'endpoint-timeout'
  | 'reply-cut'
  | 'reply-empty'
  | 'request-refused'
  | 'context-length'
  | 'unauthorized'
  | 'model-unknown'
  | 'egress-refused'
  | 'budget-reached'
  | 'paused'
  | 'cancelled'
  | 'disk-full'
  | 'ledger-unavailable'
  | 'ledger-corrupt'
  | 'index-unavailable'
  | 'index-mismatch'
  | 'embedding-unavailable'
  | 'setup-missing'
  | 'knowledge-missing'
  | 'anchor-missing'
  | 'defect';

/**
 * What a failure does to the work that met it.
 *
 * - `retry`: the step is tried again with back-off; it passes by itself.
 * - `park`: nothing fails; the step waits, the campaign says `waiting` and why, and the step is tried again slowly or on `resume`.
 * - `fail-note`: this note cannot be written as asked; it ends `failed` with the reason.
 * - `fail-code`: no note of this code can be written; all its open notes end `failed` with the reason.
 */
export type FailurePolicy = 'retry' | 'park' | 'fail-note' | 'fail-code';

const policies: Record<FailureType, FailurePolicy> = {
  'rate-limited': 'retry',
  'endpoint-unavailable': 'retry',
  'endpoint-timeout': 'retry',
  'reply-cut': 'retry',
  'reply-empty': 'retry',
  'request-refused': 'fail-note',
  'context-length': 'fail-note',
  unauthorized: 'park',
  'model-unknown': 'park',
  'egress-refused': 'park',
  'budget-reached': 'park',
  paused: 'park',
  cancelled: 'park',
  'disk-full': 'park',
  'ledger-unavailable': 'retry',
  'ledger-corrupt': 'park',
  'index-unavailable': 'retry',
  'index-mismatch': 'park',
  'embedding-unavailable': 'retry',
  'setup-missing': 'park',
  'knowledge-missing': 'fail-code',
  'anchor-missing': 'fail-code',
  // An error of ours that kept coming back: loud in the log, and the note says so.
  defect: 'fail-note',
};

/** The policy of a failure type. */
export function policyOf(type: FailureType): FailurePolicy {
  return policies[type];
}

/** True when `type` is one of the closed list. */
export function isFailureType(type: string | null | undefined): type is FailureType {
  return type !== null && type !== undefined && Object.hasOwn(policies, type);
}

/** Facts about a failure that may be shown, stored and logged: never text of a note, a prompt, a reply or a request body. */
export interface FailureFacts {
  /** HTTP status, where there was one. */
  readonly status?: number;
  /** Host (with port) or file that was meant. */
  readonly where?: string;
  /** Setting of zebra.yaml that mends it. */
  readonly setting?: string;
  /** Milliseconds that the other side asked to wait (Retry-After). */
  readonly retryAfterMs?: number;
}

/** A broken dependency. Its message is made of type and facts only, so that it can go anywhere. */
export class DependencyFailure extends Error {
  override readonly name: string = 'DependencyFailure';
  readonly type: FailureType;
  readonly facts: FailureFacts;
  readonly advice: string;

  /** @param advice one sentence for people, without any input text in it */
  constructor(type: FailureType, facts: FailureFacts = {}, advice = '') {
    super(describeFailure(type, facts, advice));
    this.type = type;
    this.facts = facts;
    this.advice = advice;
  }
}

/** One line for people: type, status, where, setting, advice. */
function describeFailure(type: FailureType, facts: FailureFacts, advice = ''): string {
  const parts = [type.replaceAll('-', ' ')];
  if (facts.status !== undefined) parts.push(`(HTTP ${facts.status})`);
  if (facts.where !== undefined) parts.push(`at ${facts.where}`);
  const head = parts.join(' ');
  const tail = [advice, facts.setting === undefined ? '' : `setting: ${facts.setting}`].filter((part) => part !== '');
  return tail.length === 0 ? head : `${head}: ${tail.join('; ')}`;
}
