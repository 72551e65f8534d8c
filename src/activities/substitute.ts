import type { OpenNote } from '../domain/campaign.ts';
import { composeSets } from '../domain/code-sets.ts';
import { DependencyFailure } from '../domain/failure.ts';
import type { TargetRef } from '../domain/ids.ts';
import type { CardOf } from './knowledge.ts';
import type { Ports } from './ports.ts';
import { startSpan } from './step.ts';

/**
 * One code set per open note: cloned from an anchor, or a relative's set with the target swapped in.
 *
 * @returns the open notes with the attempts already judged, and how many attempts a note may have
 */
export function createSubstitute({ corpus, ledger, terminologyOf }: Ports, cardOf: CardOf) {
  return async function substitute(target: TargetRef): Promise<{ notes: readonly OpenNote[]; attempts: number }> {
    const end = startSpan('substitute');
    const revision = await ledger.revision(target.campaign);
    const { ordinals } = await ledger.openNotes(target);
    const answer = { notes: ordinals, attempts: revision.validation.attempts };
    const withoutSet = (
      await Promise.all(
        ordinals.map(async ({ ordinal }) => ({ ordinal, set: await ledger.codeSet({ ...target, ordinal }) })),
      )
    )
      .filter(({ set }) => set === null)
      .map(({ ordinal }) => ordinal);
    if (withoutSet.length === 0) return answer;

    const retrieval = await ledger.retrieval(target);
    if (retrieval === null) throw new DependencyFailure('anchor-missing', {}, 'nothing was retrieved for this code');
    const notes = await corpus.sourceNotes(revision.corpus.id, [
      ...new Set(retrieval.anchors.map((anchor) => anchor.noteId)),
    ]);
    const byId = new Map(notes.map((note) => [note.id, note]));
    const sets = composeSets({
      target: { system: target.system, type: target.type, code: target.code },
      ordinals: withoutSet,
      anchors: retrieval.anchors.flatMap((anchor) => {
        const note = byId.get(anchor.noteId);
        return note === undefined ? [] : [{ ...anchor, codes: note.codes, sex: note.sex, age: note.age }];
      }),
      examples: retrieval.examples.map((example) => example.noteId),
      terminologyOf,
      card: cardOf(target),
      mode: revision.substitution.mode,
      seed: revision.seed,
    });
    await ledger.saveCodeSets(target, sets, end());
    return answer;
  };
}
