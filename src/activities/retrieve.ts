import { findRelativesWithNotes } from '../domain/anchors.ts';
import { DependencyFailure } from '../domain/failure.ts';
import { type Code, codeKey } from '../domain/icd.ts';
import type { TargetRef } from '../domain/ids.ts';
import { cardText } from '../domain/knowledge.ts';
import type { CardOf } from './knowledge.ts';
import type { Anchor, Ports } from './ports.ts';
import { startSpan } from './step.ts';

/** Example notes kept for a code; each of its notes is shown one or two of them. */
const examplesKept = 6;

/**
 * Finds the anchor notes of a target and the example notes near its knowledge card (arXiv 2511.14112: anchor-based code sets
 * and clinical examples), once per round: what is stored is kept.
 *
 * A target with training notes is anchored on them; one without walks the ladder to the nearest rung whose codes have some, and
 * takes the most alike code's notes first, so that its notes rest on as many patients as there are.
 *
 * @throws DependencyFailure `knowledge-missing` or `anchor-missing`: no note of this code can be written
 */
export function createRetrieve({ corpus, ledger, index, embedder, terminologyOf }: Ports, cardOf: CardOf) {
  return async function retrieve(target: TargetRef): Promise<void> {
    if ((await ledger.retrieval(target)) !== null) return;
    const end = startSpan('retrieve');
    const revision = await ledger.revision(target.campaign);
    const { planned } = await ledger.target(target);
    const [vector] = await embedder.embed([cardText(cardOf(target))]);
    const near = vector ?? new Float32Array(embedder.dimension);

    const own = await anchorsWith(target);
    const anchors = own.length > 0 ? own : await anchorsOfRelatives();
    if (anchors.length === 0) {
      throw new DependencyFailure(
        'anchor-missing',
        { setting: 'substitution.maxRung' },
        'no relative of this code has a training note',
      );
    }
    const examples = await index.nearest(near, { limit: examplesKept });
    await ledger.saveRetrieval(target, { anchors, examples }, end());

    async function anchorsWith(
      code: Code,
      found: Pick<Anchor, 'strategy' | 'rung' | 'sibling'> = { strategy: 'clone', rung: null, sibling: null },
    ) {
      const noteIds = await corpus.notesWithCode(revision.corpus.id, code, 10 * planned);
      if (noteIds.length === 0) return [];
      const ranked = await index.nearest(near, { limit: planned, anyCode: [codeKey(code)] });
      const scores = new Map(ranked.map((match) => [match.noteId, match.score]));
      const known = new Set(noteIds);
      const inOrder = [
        ...ranked.map((match) => match.noteId).filter((id) => known.has(id)),
        ...noteIds.filter((id) => !scores.has(id)),
      ];
      return inOrder
        .slice(0, planned)
        .map((noteId): Anchor => ({ noteId, ...found, score: scores.get(noteId) ?? null }));
    }

    async function anchorsOfRelatives(): Promise<Anchor[]> {
      const terminology = terminologyOf(target.system, target.type);
      if (terminology === null) return [];
      const counts = await corpus.trainingCounts(revision.corpus.id);
      const { system, type, code } = target;
      const relatives = findRelativesWithNotes(
        terminology,
        { system, type, code },
        counts,
        revision.substitution.maxRung,
      );
      if (relatives === null) return [];
      const anchors = new Map<string, Anchor>();
      for (const sibling of relatives.candidates) {
        for (const anchor of await anchorsWith(sibling, { strategy: 'substitute', rung: relatives.rung, sibling })) {
          if (!anchors.has(anchor.noteId)) anchors.set(anchor.noteId, anchor);
        }
        if (anchors.size >= planned) break;
      }
      return [...anchors.values()].slice(0, planned);
    }
  };
}
