import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnknownRecord } from '../../../src/adapters/ledger.ts';
import {
  accepted,
  attempt,
  attemptRef,
  intentOf,
  type Ledger,
  type LedgerOpener,
  type LedgerUnderTest,
  planOf,
  replyOf,
  spanOf,
} from '../../support/ledger-fixture.ts';

const ref = attemptRef('E75.21', 1);

/** What any ledger must do with paid calls and the budget. */
export function describeCalls(name: string, open: LedgerOpener): void {
  describe(`calls in ${name}`, () => {
    let test: LedgerUnderTest;
    beforeEach(async () => {
      test = await open();
      await test.ledger.savePlan(planOf({ 'E75.21': 40 }));
    });
    afterEach(() => test.remove());

    it('returns a committed reply instead of opening another call', async () => {
      const { ledger } = test;
      const callId = await openedCall(ledger);
      expect(await ledger.reply(ref)).toBeNull();
      const stored = await ledger.closeCall(callId, replyOf('a note'), spanOf('generate'));
      expect(stored).toEqual({ ...replyOf('a note'), replyId: callId });
      expect(await ledger.reply(ref)).toEqual(stored);
      expect(await ledger.openCall(intentOf(ref))).toEqual({ outcome: 'replied', reply: stored });
      expect((await ledger.status('pilot')).llm.calls).toBe(1);
    });

    it('books a call once, however often its reply is handed in', async () => {
      const { ledger } = test;
      const callId = await openedCall(ledger);
      const stored = await ledger.closeCall(callId, replyOf('a note'), spanOf('generate'));
      expect(await ledger.closeCall(callId, replyOf('other'), spanOf('generate'))).toEqual(stored);
      expect((await ledger.status('pilot')).llm).toEqual({
        calls: 1,
        inputTokens: 600,
        outputTokens: 300,
        cost: 0.002,
      });
    });

    it('numbers the calls of an attempt, and marks those that a crash cut off as lost', async () => {
      const { ledger } = test;
      const first = await ledger.openCall(intentOf(ref));
      const second = await ledger.openCall(intentOf(ref));
      expect([first, second]).toMatchObject([{ tries: 1 }, { tries: 2 }]);
      expect(await callStates(ledger)).toEqual(['lost', 'open']);
    });

    it('counts the reply of a call given up as lost, when it is the first to come', async () => {
      const { ledger } = test;
      const zombie = await openedCall(ledger);
      const second = await openedCall(ledger);
      const stored = await ledger.closeCall(zombie, replyOf('from the zombie'), spanOf('generate'));
      expect(stored.replyId).toBe(zombie);
      expect(await ledger.closeCall(second, replyOf('too late'), spanOf('generate'))).toEqual(stored);
      expect(await callStates(ledger)).toEqual(['replied', 'late']);
      expect(await ledger.status('pilot')).toMatchObject({
        llm: { calls: 2, cost: 0.004 },
        budget: { reservedCost: 0, reservedTokens: 0 },
      });
    });

    it('books the late reply of a zombie as spend, not as a note', async () => {
      const { ledger } = test;
      const zombie = await openedCall(ledger);
      const second = await openedCall(ledger);
      const stored = await ledger.closeCall(second, replyOf('in time'), spanOf('generate'));
      expect((await ledger.status('pilot')).budget).toMatchObject({ reservedCost: 0.01, reservedTokens: 1_000 });
      expect(await ledger.closeCall(zombie, replyOf('late'), spanOf('generate'))).toEqual(stored);
      expect((await ledger.reply(ref))!.text).toBe('in time');
      expect(await ledger.status('pilot')).toMatchObject({
        llm: { calls: 2, cost: 0.004 },
        budget: { reservedCost: 0, reservedTokens: 0 },
      });
    });

    it('releases the reservation of a failed call, once', async () => {
      const { ledger } = test;
      const callId = await openedCall(ledger);
      expect((await ledger.status('pilot')).budget).toMatchObject({ reservedCost: 0.01, reservedTokens: 1_000 });
      await ledger.failCall(callId, { type: 'rate-limited', status: 429 }, spanOf('generate'));
      await ledger.failCall(callId, { type: 'rate-limited', status: 429 }, spanOf('generate'));
      expect(await ledger.status('pilot')).toMatchObject({
        llm: { calls: 0, cost: 0 },
        budget: { reservedCost: 0, reservedTokens: 0 },
      });
    });

    it('still books a call that was reported as failed, when its reply comes after all', async () => {
      const { ledger } = test;
      const callId = await openedCall(ledger);
      await ledger.failCall(callId, { type: 'endpoint-timeout', status: null }, spanOf('generate'));
      await ledger.closeCall(callId, replyOf('after all'), spanOf('generate'));
      expect(await callStates(ledger)).toEqual(['replied']);
      expect((await ledger.status('pilot')).budget.reservedTokens).toBe(0);
      await ledger.failCall(callId, { type: 'endpoint-timeout', status: null }, spanOf('generate'));
      expect(await callStates(ledger)).toEqual(['replied']);
    });

    it('tells how often an attempt has failed, and when any call last succeeded', async () => {
      const { ledger } = test;
      expect(await ledger.callHistory(ref)).toEqual({
        failures: 0,
        besideSuccesses: 0,
        firstFailureAt: null,
        lastSuccessAt: null,
      });
      for (let tries = 0; tries < 2; tries += 1) {
        await ledger.failCall(
          await openedCall(ledger),
          { type: 'endpoint-unavailable', status: 503 },
          spanOf('generate'),
        );
      }
      await attempt(ledger, attemptRef('E75.21', 2), accepted);
      const history = await ledger.callHistory(ref);
      expect(history.failures).toBe(2);
      expect(history.lastSuccessAt).toBeGreaterThanOrEqual(history.firstFailureAt!);
    });

    it('counts the failures of an attempt that fell while other calls succeeded, apart from those of an outage', async () => {
      const { ledger } = test;
      const fail = async () => {
        const callId = await openedCall(ledger);
        await sleep(2);
        await ledger.failCall(callId, { type: 'endpoint-unavailable', status: 503 }, spanOf('generate'));
      };
      const succeed = async (ordinal: number) => {
        await sleep(2);
        await attempt(ledger, attemptRef('E75.21', ordinal), accepted);
      };
      await fail();
      await succeed(2);
      await fail();
      await fail();
      await fail();
      expect(await ledger.callHistory(ref)).toMatchObject({ failures: 4, besideSuccesses: 1 });
      await succeed(3);
      expect(await ledger.callHistory(ref)).toMatchObject({ failures: 4, besideSuccesses: 1 });
      await fail();
      expect(await ledger.callHistory(ref)).toMatchObject({ failures: 5, besideSuccesses: 2 });
    });

    it('opens no call while the campaign is paused or after it was cancelled', async () => {
      const { ledger } = test;
      await ledger.setControl('pilot', 'paused');
      expect(await ledger.openCall(intentOf(ref))).toEqual({ outcome: 'refused', type: 'paused' });
      await ledger.setControl('pilot', 'cancelled');
      expect(await ledger.openCall(intentOf(ref))).toEqual({ outcome: 'refused', type: 'cancelled' });
      await ledger.setControl('pilot', 'running');
      expect(await ledger.openCall(intentOf(ref))).toMatchObject({ outcome: 'opened' });
    });

    it('takes in the replies of calls that were under way when the campaign was paused', async () => {
      const { ledger } = test;
      const callId = await openedCall(ledger);
      await ledger.setControl('pilot', 'paused');
      await ledger.closeCall(callId, replyOf('a note'), spanOf('generate'));
      expect(await ledger.openCall(intentOf(ref))).toMatchObject({ outcome: 'replied' });
    });

    it('opens no call for a note that has ended, nor for one of another round', async () => {
      const { ledger } = test;
      await attempt(ledger, ref, accepted);
      const refused = { outcome: 'refused', type: 'cancelled' };
      expect(await ledger.openCall(intentOf(attemptRef('E75.21', 1, 2)))).toEqual(refused);
      expect(await ledger.openCall(intentOf(attemptRef('E75.21', 2, 1, 1)))).toEqual(refused);
      await expect(ledger.openCall(intentOf(attemptRef('E75.21', 99)))).rejects.toThrow(UnknownRecord);
    });

    it('ends any waiting when a call succeeds, except for a budget', async () => {
      const { ledger } = test;
      await ledger.setWaiting('pilot', { type: 'endpoint-unavailable', detail: 'at 127.0.0.1:1' });
      expect(await ledger.status('pilot')).toMatchObject({
        state: 'waiting',
        reason: 'endpoint-unavailable: at 127.0.0.1:1',
      });
      await attempt(ledger, ref, accepted);
      expect((await ledger.status('pilot')).state).toBe('running');
      await ledger.setWaiting('pilot', { type: 'budget-reached', detail: '' });
      await attempt(ledger, attemptRef('E75.21', 2), accepted);
      expect(await ledger.status('pilot')).toMatchObject({ state: 'waiting', reason: 'budget-reached' });
      await ledger.setWaiting('pilot', null);
      expect((await ledger.status('pilot')).state).toBe('running');
    });

    it('refuses the call that would pass the budget, until it is raised', async () => {
      const { ledger } = test;
      await ledger.setBudget('pilot', { cost: 0.02, tokens: null });
      await attempt(ledger, ref, accepted);
      const reached = { outcome: 'refused', type: 'budget-reached' };
      expect(await ledger.openCall(intentOf(attemptRef('E75.21', 2), { cost: 0.018_000_001 }))).toEqual(reached);
      expect(await ledger.openCall(intentOf(attemptRef('E75.21', 2), { cost: 0.018 }))).toMatchObject({
        outcome: 'opened',
      });
      const held = { outcome: 'refused', type: 'budget-held' };
      expect(await ledger.openCall(intentOf(attemptRef('E75.21', 3), { cost: 0.000_000_001 }))).toEqual(held);
      await ledger.setWaiting('pilot', { type: 'budget-reached', detail: 'raise it' });
      await ledger.setBudget('pilot', { cost: 0.03, tokens: 2_900 });
      expect((await ledger.status('pilot')).state).toBe('running');
      expect(await ledger.openCall(intentOf(attemptRef('E75.21', 3), { tokens: 1_001 }))).toEqual(held);
      expect(await ledger.openCall(intentOf(attemptRef('E75.21', 3), { tokens: 1_000 }))).toMatchObject({
        outcome: 'opened',
      });
    });

    it('tells a budget that calls in flight hold from one that is used up', async () => {
      const { ledger } = test;
      await ledger.setBudget('pilot', { cost: null, tokens: 1_500 });
      const callId = await openedCall(ledger);
      const second = intentOf(attemptRef('E75.21', 2));
      expect(await ledger.openCall(second)).toEqual({ outcome: 'refused', type: 'budget-held' });
      await ledger.closeCall(callId, replyOf('short', { input: 300, output: 200 }), spanOf('generate'));
      expect(await ledger.openCall(second)).toMatchObject({ outcome: 'opened' });
      await attempt(ledger, attemptRef('E75.21', 2), accepted).catch(() => undefined);
      expect(await ledger.openCall(second)).toEqual({ outcome: 'refused', type: 'budget-reached' });
    });

    it('never spends and reserves more than the budget, whatever the order of calls, replies, failures and crashes', async () => {
      const { ledger } = test;
      let campaigns = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: 5_000 }),
          fc.array(step, { maxLength: 40 }),
          async (tokens, steps) => {
            campaigns += 1;
            const campaign = `pilot-${campaigns}`;
            await ledger.savePlan(planOf({ 'E75.21': 5 }, { campaign }));
            await ledger.setBudget(campaign, { cost: tokens / 100_000, tokens });
            const calls: string[] = [];
            for (const { kind, ordinal, reserved, share } of steps) {
              const callId = calls[ordinal % Math.max(1, calls.length)];
              if (kind === 'open') {
                const attemptOf = { ...attemptRef('E75.21', ordinal, 1 + (reserved % 3)), campaign };
                const result = await ledger.openCall(
                  intentOf(attemptOf, { tokens: reserved, cost: reserved / 100_000 }),
                );
                if (result.outcome === 'opened') calls.push(`${result.callId} ${reserved}`);
              } else if (callId !== undefined) {
                const [id, most] = callId.split(' ') as [string, string];
                const used = Math.floor(Number(most) * share);
                const paid = replyOf('a note', { input: used, output: 0 }, used / 100_000);
                if (kind === 'close') await ledger.closeCall(id, paid, spanOf('generate'));
                else await ledger.failCall(id, { type: 'endpoint-timeout', status: null }, spanOf('generate'));
              }
              const { llm, budget } = await ledger.status(campaign);
              expect(llm.inputTokens + llm.outputTokens + budget.reservedTokens).toBeLessThanOrEqual(tokens);
              expect(Math.round((llm.cost + budget.reservedCost) * 1e9)).toBeLessThanOrEqual(tokens * 1e4);
              expect(budget.reservedTokens).toBeGreaterThanOrEqual(0);
              expect(budget.reservedCost).toBeGreaterThanOrEqual(0);
            }
          },
        ),
        { numRuns: 25 },
      );
    });

    it('never passes the budget when many callers ask at once', async () => {
      const { ledger } = test;
      await ledger.setBudget('pilot', { cost: null, tokens: 7_500 });
      const refs = Array.from({ length: 40 }, (_, index) => attemptRef('E75.21', index + 1));
      const results = await Promise.all(refs.map((one) => ledger.openCall(intentOf(one))));
      expect(results.filter(({ outcome }) => outcome === 'opened')).toHaveLength(7);
      expect((await ledger.status('pilot')).budget.reservedTokens).toBe(7_000);
    });
  });
}

const step = fc.record({
  kind: fc.constantFrom('open' as const, 'open' as const, 'close' as const, 'fail' as const),
  ordinal: fc.integer({ min: 1, max: 5 }),
  reserved: fc.integer({ min: 0, max: 2_000 }),
  /** Part of the reservation that the call really used. */
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});

async function openedCall(ledger: Ledger): Promise<string> {
  const opened = await ledger.openCall(intentOf(ref));
  if (opened.outcome !== 'opened') throw new Error(`the call was not opened: ${opened.outcome}`);
  return opened.callId;
}

async function callStates(ledger: Ledger): Promise<string[]> {
  const { history } = await ledger.note('pilot/icd10cm/dx/E75.21/1');
  return history.flatMap(({ calls }) => calls.map(({ state }) => state));
}
