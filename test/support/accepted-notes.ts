import type { AcceptedNote } from '../../src/datasets/accepted-note.ts';
import { accepted, codeSetOf, dx } from './ledger-fixture.ts';

/** A published note of fiction. */
export function acceptedNote(changes: Partial<AcceptedNote> = {}): AcceptedNote {
  return {
    id: 'pilot/icd10cm/dx/E75.21/1',
    target: dx('E75.21'),
    tier: 'few-shot',
    codeSet: codeSetOf('E75.21', 1),
    text: 'Fabry disease, fiction.',
    verdict: accepted,
    model: 'fiction-1',
    promptHash: 'f00d',
    attempt: 2,
    replyId: 'pilot/icd10cm/dx/E75.21/1/r0/a2/c1',
    ...changes,
  };
}

export async function* streamOf(...notes: readonly AcceptedNote[]): AsyncGenerator<AcceptedNote> {
  yield* notes;
}
