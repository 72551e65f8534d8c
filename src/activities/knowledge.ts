import { DependencyFailure } from '../domain/failure.ts';
import { type Code, codeKey } from '../domain/icd.ts';
import { type KnowledgeCard, knowledgeCard } from '../domain/knowledge.ts';
import type { TerminologyOf } from './ports.ts';

/** The knowledge card of a code; throws `knowledge-missing` where no table describes it. */
export type CardOf = (code: Code) => KnowledgeCard;

/** Cards kept at hand; a campaign touches its codes in plan order, so a few thousand serve. */
const cardsKept = 4_000;

export function createCardOf(terminologyOf: TerminologyOf): CardOf {
  const cards = new Map<string, KnowledgeCard>();
  return (code) => {
    const key = codeKey(code);
    const known = cards.get(key);
    if (known !== undefined) return known;
    const terminology = terminologyOf(code.system, code.type);
    const card =
      terminology === null
        ? null
        : knowledgeCard(terminology, { system: code.system, type: code.type, code: code.code });
    if (card === null) {
      throw new DependencyFailure('knowledge-missing', { where: key }, 'no code table at hand describes this code');
    }
    if (cards.size >= cardsKept) cards.delete(cards.keys().next().value as string);
    cards.set(key, card);
    return card;
  };
}
