import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnknownRecord } from '../../../src/adapters/ledger.ts';
import {
  accepted,
  attempt,
  attemptRef,
  codeSetOf,
  dx,
  intentOf,
  type LedgerOpener,
  type LedgerUnderTest,
  noteRef,
  notFound,
  planOf,
  rejectedFor,
  replyOf,
  spanOf,
  targetRef,
  tooShort,
} from '../../support/ledger-fixture.ts';

const both = ['failed', 'rejected'] as const;

/** What any ledger must do on commands, and what it then says of a campaign. */
export function describeCommands(name: string, open: LedgerOpener): void {
  describe(`commands in ${name}`, () => {
    let test: LedgerUnderTest;
    beforeEach(async () => {
      test = await open();
      await test.ledger.savePlan(planOf({ 'E75.21': 3, 'Q87.4': 2, 'A00.0': 1 }));
    });
    afterEach(() => test.remove());

    /** One accepted, one rejected (form), one failed of E75.21; one rejected (coverage) of Q87.4, the rest open. */
    async function settleSome(): Promise<void> {
      const { ledger } = test;
      await attempt(ledger, attemptRef('E75.21', 1), accepted);
      await ledger.saveCodeSets(targetRef('E75.21'), [codeSetOf('E75.21', 2)], spanOf('substitute'));
      await attempt(ledger, attemptRef('E75.21', 2), rejectedFor(tooShort), true);
      await ledger.failNote(noteRef('E75.21', 3), 'request-refused', 'HTTP 400');
      await attempt(ledger, attemptRef('Q87.4', 1), rejectedFor(tooShort));
      await attempt(ledger, attemptRef('Q87.4', 1, 2), rejectedFor(notFound('Q87.4')), true);
    }

    it('replays what failed or was rejected in a new round, and leaves accepted and open notes alone', async () => {
      const { ledger } = test;
      await settleSome();
      const before = await ledger.note('pilot/icd10cm/dx/E75.21/1');
      expect(await ledger.previewReplay('pilot', { states: both })).toEqual({ round: 1, notes: 3, codes: 2 });
      expect(await ledger.openReplay('pilot', { states: both })).toEqual({ round: 1, notes: 3, codes: 2 });
      expect(await ledger.note('pilot/icd10cm/dx/E75.21/1')).toEqual(before);
      expect((await ledger.openNotes(targetRef('E75.21', 1))).ordinals).toEqual([
        { ordinal: 2, attemptsJudged: 0 },
        { ordinal: 3, attemptsJudged: 0 },
      ]);
      expect((await ledger.openNotes(targetRef('E75.21', 0))).ordinals).toEqual([]);
      const open = await ledger.openTargets('pilot', { from: 0, to: 9 });
      expect(open.map(({ code, round }) => `${code} ${round}`)).toEqual(['E75.21 1', 'Q87.4 0', 'Q87.4 1', 'A00.0 0']);
      expect(await ledger.codeSet(noteRef('E75.21', 2, 1))).toEqual(codeSetOf('E75.21', 2));
    });

    it('writes a replayed note anew, paying again, with its old attempts in the audit', async () => {
      const { ledger } = test;
      await settleSome();
      await ledger.openReplay('pilot', { states: ['rejected'], code: dx('E75.21') });
      await attempt(ledger, attemptRef('E75.21', 2, 1, 1), accepted);
      const note = await ledger.note('pilot/icd10cm/dx/E75.21/2');
      expect(note).toMatchObject({ state: 'accepted', round: 1, attempts: 1, reason: null });
      expect(note.text).toBe('text of pilot/icd10cm/dx/E75.21/2/r1/a1');
      expect(note.history.map(({ round, attempt: number }) => [round, number])).toEqual([
        [0, 1],
        [1, 1],
      ]);
    });

    it('does not let a step of an old round touch a replayed note', async () => {
      const { ledger } = test;
      const stale = await ledger.openCall(intentOf(attemptRef('Q87.4', 2)));
      await ledger.failTarget(targetRef('Q87.4'), 'index-unavailable', '');
      await ledger.openReplay('pilot', { states: ['failed'] });
      if (stale.outcome === 'opened') await ledger.closeCall(stale.callId, replyOf('old'), spanOf('generate'));
      await ledger.saveVerdict(attemptRef('Q87.4', 2), accepted, true, spanOf('validate'));
      await ledger.failNote(noteRef('Q87.4', 2), 'request-refused', '');
      expect(await ledger.note('pilot/icd10cm/dx/Q87.4/2')).toMatchObject({ state: 'pending', round: 1 });
    });

    it.each([
      ['a state', { states: ['failed'] as const }, 1],
      ['a code', { states: both, code: dx('Q87.4') }, 1],
      ['a failure type', { states: both, reason: 'request-refused' }, 1],
      ['a check', { states: both, reason: 'coverage' }, 1],
      ['a check that rejected an earlier attempt only', { states: both, reason: 'form', code: dx('Q87.4') }, 0],
      ['a check and its reason', { states: both, reason: 'form/too-short' }, 1],
      ['a check and another reason', { states: both, reason: 'form/too-long' }, 0],
      ['a code that is no target', { states: both, code: dx('Z99.9') }, 0],
    ])('replays by %s', async (_, filter, notes) => {
      await settleSome();
      expect(await test.ledger.openReplay('pilot', filter)).toMatchObject({ round: notes === 0 ? 0 : 1, notes });
    });

    it('opens no round when nothing is to be replayed', async () => {
      const { ledger } = test;
      expect(await ledger.openReplay('pilot', { states: both })).toEqual({ round: 0, notes: 0, codes: 0 });
      await settleSome();
      await ledger.openReplay('pilot', { states: both });
      expect(await ledger.openReplay('pilot', { states: both })).toEqual({ round: 1, notes: 0, codes: 0 });
    });

    it('says what state a campaign is in', async () => {
      const { ledger } = test;
      const state = async () => (await ledger.status('pilot')).state;
      expect(await state()).toBe('planned');
      await ledger.saveRetrieval(targetRef('A00.0'), { anchors: [], examples: [] }, spanOf('retrieve'));
      expect(await state()).toBe('running');
      await ledger.setWaiting('pilot', { type: 'unauthorized', detail: 'at host' });
      expect(await state()).toBe('waiting');
      await ledger.setControl('pilot', 'paused');
      expect(await state()).toBe('paused');
      expect(await ledger.control('pilot')).toBe('paused');
      await ledger.setControl('pilot', 'running');
      expect(await state()).toBe('running');
      for (const code of ['E75.21', 'Q87.4', 'A00.0']) await ledger.failTarget(targetRef(code), 'anchor-missing', '');
      expect(await state()).toBe('done');
      await ledger.setControl('pilot', 'cancelled');
      expect(await state()).toBe('cancelled');
    });

    it('counts codes and notes by how they stand', async () => {
      const { ledger } = test;
      await settleSome();
      await ledger.saveRetrieval(targetRef('Q87.4'), { anchors: [], examples: [] }, spanOf('retrieve'));
      const status = await ledger.status('pilot');
      expect(status).toEqual({
        schemaVersion: 1,
        ledgerId: ledger.ledgerId,
        campaign: 'pilot',
        revision: 1,
        state: 'running',
        reason: null,
        codes: { total: 3, done: 0, rejected: 0, failed: 1, active: 1, pending: 1 },
        notes: { planned: 6, accepted: 1, rejected: 2, failed: 1, pending: 2 },
        llm: { calls: 4, inputTokens: 2_400, outputTokens: 1_200, cost: 0.008 },
        budget: { cost: null, tokens: null, reservedCost: 0, reservedTokens: 0 },
        tiers: { 'few-shot': { codes: 3, planned: 6, accepted: 1 } },
        eta: status.eta,
      });
      await attempt(ledger, attemptRef('Q87.4', 2), accepted);
      await attempt(ledger, attemptRef('A00.0', 1), accepted);
      expect((await ledger.status('pilot')).codes).toEqual({
        total: 3,
        done: 1,
        rejected: 1,
        failed: 1,
        active: 0,
        pending: 0,
      });
    });

    it('lists its campaigns', async () => {
      const { ledger } = test;
      await ledger.savePlan(planOf({ 'A00.0': 2 }, { campaign: 'second' }));
      expect(await ledger.hasCampaign('second')).toBe(true);
      expect(await ledger.hasCampaign('third')).toBe(false);
      const campaigns = await ledger.campaigns();
      expect(new Map(campaigns.map(({ campaign, notes }) => [campaign, notes.planned]))).toEqual(
        new Map([
          ['pilot', 6],
          ['second', 2],
        ]),
      );
    });

    it('answers for everything that happened to a code', async () => {
      const { ledger } = test;
      const ref = targetRef('E75.21');
      const retrieval = { anchors: [], examples: [{ noteId: 's2', score: 0.5 }] };
      await ledger.saveRetrieval(ref, retrieval, spanOf('retrieve'));
      const failed = await ledger.openCall(intentOf(attemptRef('E75.21', 2)));
      if (failed.outcome === 'opened') {
        await ledger.failCall(failed.callId, { type: 'rate-limited', status: 429 }, spanOf('generate'));
      }
      await settleSome();
      await ledger.archiveExecution(ref, { workflowId: 'w', runId: 'r' }, spanOf('archive'));
      await ledger.archiveExecution(ref, { workflowId: 'w', runId: 'r' }, spanOf('archive'));
      const audit = await ledger.audit('pilot', dx('E75.21'));
      expect(audit).toMatchObject({ campaign: 'pilot', target: dx('E75.21'), tier: 'few-shot', planned: 3 });
      expect(audit.rounds).toMatchObject([{ round: 0, retrieval, executions: [{ workflowId: 'w', runId: 'r' }] }]);
      expect(audit.rounds[0]!.spans.map(({ step }) => step)).toEqual(['retrieve', 'substitute', 'archive', 'archive']);
      expect(audit.notes.map(({ state, reason }) => [state, reason])).toEqual([
        ['accepted', null],
        ['rejected', 'form/too-short'],
        ['failed', 'request-refused'],
      ]);
      const [attempted] = audit.notes[1]!.history;
      expect(audit.notes[1]!.codeSet).toEqual(codeSetOf('E75.21', 2));
      expect(attempted!.verdict).toEqual(rejectedFor(tooShort));
      expect(attempted!.calls).toMatchObject([
        { state: 'failed', failure: { type: 'rate-limited', status: 429 }, cost: null, leftOut: ['example s2'] },
        { state: 'replied', failure: null, cost: 0.002, inputTokens: 600, promptVersion: '1' },
      ]);
      expect(attempted!.spans.map(({ step }) => step)).toEqual([
        'prompt',
        'generate',
        'prompt',
        'generate',
        'validate',
      ]);
      expect(await ledger.text(attempted!.reply!.textHash)).toBe('text of pilot/icd10cm/dx/E75.21/2/r0/a1');
      expect(audit.spend).toEqual({ calls: 2, inputTokens: 1_200, outputTokens: 600, cost: 0.004 });
    });

    it('says which campaign, code or note it does not know', async () => {
      const { ledger } = test;
      for (const asked of [
        ledger.status('nope'),
        ledger.revision('nope'),
        ledger.setControl('nope', 'paused'),
        ledger.setBudget('nope', { cost: 1, tokens: null }),
        ledger.openReplay('nope', { states: both }),
        ledger.audit('pilot', dx('Z99.9')),
        ledger.note('pilot/icd10cm/dx/E75.21/9'),
      ]) {
        await expect(asked).rejects.toThrow(UnknownRecord);
      }
    });
  });
}
