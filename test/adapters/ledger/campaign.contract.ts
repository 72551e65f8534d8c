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
  spanOf,
  targetRef,
  tooShort,
} from '../../support/ledger-fixture.ts';

const retrieval = {
  anchors: [{ noteId: 's1', strategy: 'clone', rung: null, sibling: null, score: 0.5 }],
  examples: [{ noteId: 's2', score: 0.25 }],
} as const;

/** What the campaign half of any ledger must do, but for calls and commands. */
export function describeCampaign(name: string, open: LedgerOpener): void {
  describe(`a campaign in ${name}`, () => {
    let test: LedgerUnderTest;
    beforeEach(async () => {
      test = await open();
      await test.ledger.savePlan(planOf({ 'E75.21': 2, 'E75.22': 1, 'Q87.4': 3 }));
    });
    afterEach(() => test.remove());

    it('is planned once: the same revision changes nothing, another one is refused with the stored one', async () => {
      const { ledger } = test;
      expect(await ledger.savePlan(planOf({ 'E75.21': 2 }))).toEqual({ outcome: 'same' });
      const result = await ledger.savePlan(planOf({ 'E75.21': 9 }, { seed: 2 }));
      expect(result).toMatchObject({ outcome: 'differs', stored: { seed: 1 } });
      expect((await ledger.status('pilot')).notes.planned).toBe(6);
      expect(await ledger.revision('pilot')).toEqual(planOf({}).revision);
    });

    it('is the same revision whatever the order of its keys', async () => {
      const plan = planOf({ 'E75.21': 2 });
      const turned = Object.fromEntries(Object.entries(plan.revision).reverse()) as unknown as typeof plan.revision;
      expect(await test.ledger.savePlan({ ...plan, revision: turned })).toEqual({ outcome: 'same' });
    });

    it('keeps the codes that got no notes, with the reason', async () => {
      const { ledger } = test;
      const plan = planOf({ 'E75.21': 1 }, { campaign: 'other' });
      const unplanned = [{ code: dx('A00.0'), reason: 'no-relative' as const, trainingCount: 0 }];
      await ledger.savePlan({ ...plan, unplanned });
      expect(await ledger.unplanned('other')).toEqual(unplanned);
    });

    it('cuts the open codes into ranges in plan order', async () => {
      const { ledger } = test;
      expect(await ledger.openWork('pilot', 2)).toEqual({
        shards: [
          { from: 0, to: 1 },
          { from: 2, to: 2 },
        ],
        notes: 6,
      });
      await ledger.failTarget(targetRef('E75.22'), 'anchor-missing', 'no note carries it');
      expect(await ledger.openWork('pilot', 2)).toEqual({ shards: [{ from: 0, to: 2 }], notes: 5 });
      expect((await ledger.openTargets('pilot', { from: 0, to: 2 })).map(({ code }) => code)).toEqual([
        'E75.21',
        'Q87.4',
      ]);
      expect((await ledger.openTargets('pilot', { from: 2, to: 2 })).map(({ code }) => code)).toEqual(['Q87.4']);
      await ledger.setControl('pilot', 'cancelled');
      expect(await ledger.openWork('pilot', 2)).toEqual({ shards: [], notes: 0 });
    });

    it('knows its targets', async () => {
      const { ledger } = test;
      expect(await ledger.target(targetRef('Q87.4'))).toEqual({
        ...targetRef('Q87.4'),
        tier: 'few-shot',
        trainingCount: 3,
        planned: 3,
      });
      await expect(ledger.target(targetRef('A00.0'))).rejects.toThrow(UnknownRecord);
    });

    it('keeps the first retrieval of a round', async () => {
      const { ledger } = test;
      expect(await ledger.retrieval(targetRef('E75.21'))).toBeNull();
      expect(await ledger.saveRetrieval(targetRef('E75.21'), retrieval, spanOf('retrieve'))).toEqual(retrieval);
      const other = { anchors: [], examples: [] };
      expect(await ledger.saveRetrieval(targetRef('E75.21'), other, spanOf('retrieve'))).toEqual(retrieval);
      expect(await ledger.retrieval(targetRef('E75.21'))).toEqual(retrieval);
      expect(await ledger.saveRetrieval(targetRef('E75.21', 1), other, spanOf('retrieve'))).toEqual(other);
    });

    it('keeps the first code set of each note, and answers with those of the open notes', async () => {
      const { ledger } = test;
      const ref = targetRef('E75.21');
      const [one, two] = [codeSetOf('E75.21', 1), codeSetOf('E75.21', 2)];
      expect(await ledger.saveCodeSets(ref, [one], spanOf('substitute'))).toEqual([one]);
      const other = codeSetOf('E75.21', 1, { anchor: 's9' });
      expect(await ledger.saveCodeSets(ref, [other, two], spanOf('substitute'))).toEqual([one, two]);
      expect(await ledger.codeSet(noteRef('E75.21', 1))).toEqual(one);
      await ledger.failNote(noteRef('E75.21', 1), 'context-length', 'the codes alone do not fit');
      expect(await ledger.saveCodeSets(ref, [], spanOf('substitute'))).toEqual([two]);
      expect(await ledger.codeSet(noteRef('Q87.4', 1))).toBeNull();
    });

    it('takes no part of a list of code sets when one of them is for a note that is not planned', async () => {
      const { ledger } = test;
      const sets = [codeSetOf('E75.21', 1), codeSetOf('E75.21', 3)];
      await expect(ledger.saveCodeSets(targetRef('E75.21'), sets, spanOf('substitute'))).rejects.toThrow(UnknownRecord);
      expect(await ledger.codeSet(noteRef('E75.21', 1))).toBeNull();
    });

    it('publishes a note with its accepted attempt, and counts attempts judged before', async () => {
      const { ledger } = test;
      await attempt(ledger, attemptRef('E75.21', 1, 1), rejectedFor(tooShort));
      expect(await ledger.openNotes(targetRef('E75.21'))).toEqual({
        ordinals: [
          { ordinal: 1, attemptsJudged: 1 },
          { ordinal: 2, attemptsJudged: 0 },
        ],
      });
      await attempt(ledger, attemptRef('E75.21', 1, 2), accepted);
      expect((await ledger.openNotes(targetRef('E75.21'))).ordinals).toEqual([{ ordinal: 2, attemptsJudged: 0 }]);
      expect(await ledger.note('pilot/icd10cm/dx/E75.21/1')).toMatchObject({
        state: 'accepted',
        attempts: 2,
        text: 'text of pilot/icd10cm/dx/E75.21/1/r0/a2',
        verdict: accepted,
      });
    });

    it('keeps the first verdict of an attempt', async () => {
      const { ledger } = test;
      const ref = attemptRef('E75.21', 1);
      await attempt(ledger, ref, rejectedFor(tooShort));
      expect(await ledger.saveVerdict(ref, accepted, false, spanOf('validate'))).toEqual(rejectedFor(tooShort));
      expect((await ledger.status('pilot')).notes).toMatchObject({ accepted: 0, pending: 6 });
    });

    it('publishes nothing for an attempt whose reply it does not hold', async () => {
      const { ledger } = test;
      await ledger.openCall(intentOf(attemptRef('E75.21', 1)));
      const save = ledger.saveVerdict(attemptRef('E75.21', 1), accepted, true, spanOf('validate'));
      await expect(save).rejects.toThrow(UnknownRecord);
      expect((await ledger.status('pilot')).notes.accepted).toBe(0);
    });

    it('settles a note as rejected on its last attempt, with every reason', async () => {
      const { ledger } = test;
      const verdict = rejectedFor(notFound('E75.21'), tooShort);
      await attempt(ledger, attemptRef('E75.21', 1, 1), rejectedFor(tooShort));
      await attempt(ledger, attemptRef('E75.21', 1, 2), verdict, true);
      await ledger.saveVerdict(attemptRef('E75.21', 1, 2), verdict, true, spanOf('validate'));
      expect(await ledger.notes('pilot', { states: ['rejected'] }, null, 10)).toMatchObject([
        { ordinal: 1, reason: 'coverage/not-found', detail: 'coverage/not-found, form/too-short', attempts: 2 },
      ]);
      expect(await ledger.rejectionCounts('pilot')).toEqual([
        { check: 'form', reason: 'too-short', attempts: 2, notes: 1 },
        { check: 'coverage', reason: 'not-found', attempts: 1, notes: 1 },
      ]);
    });

    it('tells an attempt why the one before was rejected', async () => {
      const { ledger } = test;
      expect(await ledger.previousVerdict(attemptRef('E75.21', 1, 1))).toBeNull();
      await attempt(ledger, attemptRef('E75.21', 1, 1), rejectedFor(tooShort));
      expect(await ledger.previousVerdict(attemptRef('E75.21', 1, 2))).toEqual(rejectedFor(tooShort));
    });

    it('fails open notes only, and only those of the round', async () => {
      const { ledger } = test;
      await attempt(ledger, attemptRef('E75.21', 1), accepted);
      await ledger.failTarget(targetRef('E75.21', 1), 'anchor-missing', 'another round');
      expect((await ledger.status('pilot')).notes.failed).toBe(0);
      await ledger.failTarget(targetRef('E75.21'), 'anchor-missing', 'no note carries it');
      await ledger.failNote(noteRef('E75.21', 1), 'request-refused', 'too late: it is accepted');
      await ledger.failNote(noteRef('E75.21', 2), 'request-refused', 'too late: it has failed');
      expect(await ledger.failureCounts('pilot')).toEqual([{ type: 'anchor-missing', notes: 1 }]);
      expect((await ledger.status('pilot')).notes).toMatchObject({ accepted: 1, failed: 1, pending: 4 });
    });

    it('publishes no note that has failed meanwhile', async () => {
      const { ledger } = test;
      const ref = attemptRef('E75.21', 1);
      await attempt(ledger, ref, rejectedFor(tooShort));
      await ledger.failTarget(targetRef('E75.21'), 'knowledge-missing', 'no table describes it');
      await expect(attempt(ledger, attemptRef('E75.21', 1, 2), accepted)).rejects.toThrow('refused');
      await ledger.saveVerdict(ref, accepted, false, spanOf('validate'));
      expect((await ledger.status('pilot')).notes).toMatchObject({ accepted: 0, failed: 2 });
    });

    it('gives accepted notes in plan order, with what export needs', async () => {
      const { ledger } = test;
      for (const [code, ordinal] of [
        ['Q87.4', 2],
        ['E75.21', 2],
        ['Q87.4', 1],
        ['E75.21', 1],
      ] as const) {
        await ledger.saveCodeSets(targetRef(code), [codeSetOf(code, ordinal)], spanOf('substitute'));
        await attempt(ledger, attemptRef(code, ordinal), accepted);
      }
      const notes = await Array.fromAsync(ledger.acceptedNotes('pilot'));
      expect(notes.map(({ id }) => id.split('/').slice(3).join('/'))).toEqual([
        'E75.21/1',
        'E75.21/2',
        'Q87.4/1',
        'Q87.4/2',
      ]);
      expect(notes[0]).toMatchObject({
        target: dx('E75.21'),
        tier: 'few-shot',
        codeSet: codeSetOf('E75.21', 1),
        text: 'text of pilot/icd10cm/dx/E75.21/1/r0/a1',
        verdict: accepted,
        model: 'fiction-1',
        promptVersion: '1',
        attempt: 1,
        replyId: 'pilot/icd10cm/dx/E75.21/1/r0/a1/c1',
      });
      expect(await ledger.text(notes[0]!.promptHash)).toBe('prompt of pilot/icd10cm/dx/E75.21/1/r0/a1');
    });

    it('pages through its notes', async () => {
      const { ledger } = test;
      const first = await ledger.notes('pilot', {}, null, 4);
      const second = await ledger.notes('pilot', {}, first.at(-1)!.id, 4);
      expect([...first, ...second].map(({ target, ordinal }) => `${target.code}/${ordinal}`)).toEqual([
        'E75.21/1',
        'E75.21/2',
        'E75.22/1',
        'Q87.4/1',
        'Q87.4/2',
        'Q87.4/3',
      ]);
      expect(await ledger.notes('pilot', { code: dx('E75.22') }, null, 4)).toHaveLength(1);
    });
  });
}
