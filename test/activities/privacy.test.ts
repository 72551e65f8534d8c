import { describe, expect, test } from 'vitest';
import { endpointFailure } from '../../src/adapters/endpoint-failure.ts';
import { APIError } from 'openai';
import type { Steps } from '../../src/domain/campaign.ts';
import { attemptRef, dx, noteRef, sourceNote, targetRef } from '../support/ledger-fixture.ts';
import { goodNote, openSteps, type StepsUnderTest } from '../support/steps.ts';

const canary = 'Wilhelmina Quackenbush-7731';

/** Every note of the corpus holds the canary. */
const notes = [
  sourceNote('c1', {
    text: `Fictional. ${canary} has Gaucher disease and hypertension.`,
    codes: [dx('E75.22'), dx('I10')],
  }),
  sourceNote('c2', { text: `Fictional. ${canary} has Gaucher disease as well.`, codes: [dx('E75.22')] }),
];

const ref = attemptRef('E75.22', 1);
const target = targetRef('E75.22');

const walk: readonly { [Name in keyof Steps]: readonly [Name, ...Parameters<Steps[Name]>] }[keyof Steps][] = [
  ['openWork', 'pilot'],
  ['openTargets', 'pilot', { from: 0, to: 10 }],
  ['retrieve', target],
  ['substitute', target],
  ['generate', ref],
  ['validate', ref, false],
  ['failNote', noteRef('E75.22', 2), 'request-refused', 'refused'],
  ['failTarget', target, 'anchor-missing', 'none'],
  ['archive', target],
];

const runStep = ({ run }: StepsUnderTest, step: (typeof walk)[number]): Promise<unknown> =>
  (run as (...all: readonly unknown[]) => Promise<unknown>)(...step);

test('what the steps answer to Temporal is references: small, and never text', async () => {
  const steps = await openSteps({ notes, turns: [`${goodNote} ${canary}`] });
  for (const step of walk) {
    const answer = JSON.stringify(await runStep(steps, step)) ?? '';
    expect(answer).not.toContain('Wilhelmina');
    expect(answer).not.toContain('Gaucher');
    expect(answer.length, step[0]).toBeLessThan(300);
  }
});

describe('no failure that Temporal sees holds text of a note', () => {
  /** A port's error that quotes what it was given, as parsers and endpoints do, in every way that errors can. */
  const quoting = (): Error =>
    Object.assign(new Error(`bad input\n    at ${canary} (note.ts:1:2)`, { cause: new Error(canary) }), {
      body: canary,
      details: [canary],
    });
  const refuse = () => Promise.reject(quoting());

  test.each(walk.map((step) => [step[0], step] as const))('when what %s needs breaks', async (name, broken) => {
    const state = { broken: false };
    const steps = await openSteps({
      notes,
      turns: [`${goodNote} ${canary}`],
      ports: ({ ledger }) => ({
        ledger: new Proxy(ledger, {
          get: (port, method) => {
            const real = Reflect.get(port, method) as unknown;
            return state.broken && typeof real === 'function' ? refuse : real;
          },
        }),
      }),
    });
    for (const step of walk) {
      if (step === broken) break;
      await runStep(steps, step);
    }
    state.broken = true;
    const failure: unknown = await runStep(steps, broken).catch((error: unknown) => error);
    expect(failure, name).toMatchObject({ type: 'defect', nonRetryable: false });
    expectNoText(failure);
  });

  test.each([
    ['500', 500, 'endpoint-unavailable'],
    ['400', 400, 'request-refused'],
    ['401', 401, 'unauthorized'],
    ['429', 429, 'rate-limited'],
  ])('when an endpoint echoes the prompt in its %s', async (_, status, type) => {
    const echo = new APIError(status, { message: canary }, `echo of ${canary}`, new Headers({ 'x-echo': canary }));
    const steps = await openSteps({ notes, turns: [endpointFailure(echo, '127.0.0.1:1')] });
    await steps.run('retrieve', target);
    await steps.run('substitute', target);
    const failure: unknown = await steps.run('generate', ref).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type });
    expectNoText(failure);
    expect(JSON.stringify(await steps.ledger.status('pilot'))).not.toContain('Wilhelmina');
  });
});

function expectNoText(failure: unknown): void {
  if (!(failure instanceof Error)) throw new Error('the step did not fail');
  const { message, stack, cause, ...rest } = failure;
  for (const part of [message, stack, String(cause), JSON.stringify(rest), JSON.stringify(failure)]) {
    expect(part).not.toContain('Wilhelmina');
    expect(part).not.toContain('Quackenbush');
  }
  expect(cause).toBeUndefined();
}
