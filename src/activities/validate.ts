import { DependencyFailure } from '../domain/failure.ts';
import { createGate } from '../domain/gate.ts';
import type { Judgement } from '../domain/campaign.ts';
import type { AttemptRef } from '../domain/ids.ts';
import type { CardOf } from './knowledge.ts';
import type { Ports } from './ports.ts';
import { startSpan } from './step.ts';

/**
 * Judges an attempt's reply by every check and stores the verdict; an accepted note is published with it, a note rejected
 * on its last attempt is settled. What is stored first is kept.
 *
 * @returns `missing` when the ledger has no reply of the attempt, as after a restore from a backup: it must be generated again
 */
export function createValidate({ corpus, ledger }: Ports, cardOf: CardOf) {
  const gate = createGate();
  return async function validate(ref: AttemptRef, last: boolean): Promise<Judgement> {
    const end = startSpan('validate');
    const revision = await ledger.revision(ref.campaign);
    const [set, reply] = await Promise.all([ledger.codeSet(ref), ledger.reply(ref)]);
    if (set === null) throw new DependencyFailure('anchor-missing', {}, 'this note has no code set');
    if (reply === null) return 'missing';
    const sources = await corpus.sourceNotes(revision.corpus.id, [...new Set([set.anchor, ...set.examples])]);
    const verdict = gate.judge({
      text: reply.text,
      finishReason: reply.finishReason,
      set,
      cards: set.codes.map((code) => cardOf(code)),
      sources: sources.map((note) => ({ id: note.id, text: note.text })),
      words: revision.generation.words,
      policy: revision.validation,
    });
    const stored = await ledger.saveVerdict(ref, verdict, last, end());
    return stored.accepted ? 'accepted' : 'rejected';
  };
}
