import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import type { CodeEnding, CodeInput, Judgement, OpenNote } from '../domain/campaign.ts';
import { isFailureType, policyOf } from '../domain/failure.ts';
import { followControl } from './follow-control.ts';
import { inWindow } from './in-window.ts';
import { localSteps, paidSteps } from './proxies.ts';
import { searchableState } from './search-attributes.ts';

/**
 * One target code: retrieve, substitute, then for each note prompt, generate, validate, and publish or try again.
 *
 * The order of the steps stands here and nowhere else. What a step reads and writes lies in the ledger; the workflow
 * passes references. A note that fails a check is data; a broken dependency arrives as an `ActivityFailure`.
 */
export async function code({ target, control, searchable, notesPerCode }: CodeInput): Promise<CodeEnding> {
  const { retrieve, substitute, validate, failNote, failTarget, archive } = localSteps();
  const { generate } = paidSteps();
  const state = { resumes: 0, stopped: false };
  const heard = followControl(control, (command) => {
    if (command === 'running') state.resumes += 1;
  });

  try {
    await retrieve(target);
    const { notes, attempts } = await substitute(target);
    await inWindow(notes, notesPerCode, (note) => writeNote(note, attempts));
  } catch (error) {
    const failure = expectedFailure(error);
    await failTarget(target, failure.type, failure.detail);
  }
  if (!state.stopped) await archive(target);
  const ending = state.stopped ? 'stopped' : 'finished';
  searchableState(searchable, ending);
  return ending;

  async function writeNote(note: OpenNote, attempts: number): Promise<void> {
    const ref = { ...target, ordinal: note.ordinal };
    try {
      for (let attempt = note.attemptsJudged + 1; attempt <= attempts; attempt += 1) {
        let judgement: Judgement;
        do {
          if (!(await committed({ ...ref, attempt }))) return;
          judgement = await validate({ ...ref, attempt }, attempt === attempts);
        } while (judgement === 'missing');
        if (judgement === 'accepted') return;
      }
    } catch (error) {
      const failure = expectedFailure(error);
      await failNote(ref, failure.type, failure.detail);
    }
  }

  /** Waits out pauses until the attempt's reply is committed; false when the campaign was cancelled meanwhile. */
  async function committed(attempt: Parameters<typeof generate>[0]): Promise<boolean> {
    for (;;) {
      await condition(() => !heard.control.paused);
      const resumesSeen = state.resumes;
      const { outcome } = await generate(attempt);
      if (outcome === 'replied') return true;
      if (outcome === 'stopped') {
        state.stopped = true;
        return false;
      }
      await condition(() => state.resumes > resumesSeen, '10 minutes');
    }
  }
}

/** The type and detail of a failure that ends a note or a code; anything that is not one is thrown on. */
function expectedFailure(error: unknown): { type: string; detail: string } {
  if (isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isFailureType(cause.type) && policyOf(cause.type).startsWith('fail-')) {
    return { type: cause.type, detail: cause.message };
  }
  throw error;
}
