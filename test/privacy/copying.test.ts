import { expect, test } from 'vitest';
import { attemptRef, dx, sourceNote, targetRef } from '../support/ledger-fixture.ts';
import { goodNote, openSteps } from '../support/steps.ts';

/** Fiction; the only note of the target code, and so its anchor. */
const anchor =
  `Fictional. Gaucher disease was found when Mrs. Zyvqorbex, a retired bookbinder, came because her belt no longer closed and her gums bled
on soft bread; the spleen reached the navel, the platelets stood at sixty thousand, and a slide from the hip crest showed the wrinkled cells that gave
the answer, after which the infusions began on alternate Mondays in the small room beside the pharmacy where the window looks over the canal.`.replaceAll(
    '\n',
    ' ',
  );
const notes = [sourceNote('g1', { text: anchor, codes: [dx('E75.22'), dx('I10')] })];
const target = targetRef('E75.22');
const attempt = attemptRef('E75.22', 1);

const words = (from: number, to: number): string => anchor.split(' ').slice(from, to).join(' ');

async function verdictOn(passage: string) {
  const { run, ledger } = await openSteps({ notes, plan: { 'E75.22': 1 }, turns: [`${goodNote}\n${passage}`] });
  await run('retrieve', target);
  await run('substitute', target);
  await run('generate', attempt);
  await run('validate', attempt, true);
  const { notes: judged } = await ledger.audit('pilot', dx('E75.22'));
  return {
    state: judged[0]?.state,
    reason: judged[0]?.reason,
    text: (await Array.fromAsync(ledger.acceptedNotes('pilot')))[0]?.text,
  };
}

test('a reply that copies forty words of its anchor is rejected, and not exported', async () => {
  expect(await verdictOn(words(20, 60))).toEqual({ state: 'rejected', reason: 'copy/shared-run', text: undefined });
});

test('nor does it help to replace the identifiers, as the prompt did', async () => {
  const shown = words(1, 41).replace('Zyvqorbex', '[name]');
  expect(await verdictOn(shown)).toMatchObject({ state: 'rejected', reason: 'copy/shared-run' });
});

test('the same reply with a few words in common is accepted', async () => {
  const { state, text } = await verdictOn(words(20, 30));
  expect(state).toBe('accepted');
  expect(text).toContain(goodNote);
});
