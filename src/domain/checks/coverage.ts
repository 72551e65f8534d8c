import type { Code } from '../icd.ts';
import type { KnowledgeCard } from '../knowledge.ts';
import { findMentions, indexNote, type Mention } from '../mentions.ts';
import { type Assertion, type ContextReader, createContextReader } from '../negation.ts';
import type { NoteText } from '../sentences.ts';
import type { CardTerms } from '../surface-terms.ts';
import type { CoverageRejection, EvidenceSpan } from '../verdict.ts';

/** A stretch of the note that names a code. */
interface Naming {
  readonly sentence: number;
  readonly from: number;
  readonly to: number;
  readonly mode: EvidenceSpan['mode'];
  readonly needs: 'family' | 'historical' | null;
}

/** Spans kept for one code. */
const spansKept = 5;

/** Words that turn a statement around; inside the name of a code they belong to it. */
const NEGATING = new Set(['without', 'no', 'not', 'absence', 'free']);

/**
 * Whether the note names each code of the set and asserts it: the target first, then its company. A code that is negated in one
 * place and asserted in another counts as found.
 *
 * @param cards one for each code, the target's first
 */
export function checkCoverage(
  note: NoteText,
  cards: readonly KnowledgeCard[],
  target: Code,
  termsOf: (card: KnowledgeCard) => CardTerms,
): { readonly rejections: CoverageRejection[]; readonly evidence: EvidenceSpan[] } {
  const index = indexNote(note);
  const context = createContextReader(note);
  const mentioned = cards.map((card) => {
    const { terms, about } = termsOf(card);
    return { code: card.code, about, mentions: terms.flatMap((term) => findMentions(index, term)) };
  });
  const consumed = ownNegations(
    note,
    mentioned.flatMap(({ mentions }) => mentions),
  );

  const rejections: CoverageRejection[] = [];
  const evidence: EvidenceSpan[] = [];
  for (const { code, about, mentions } of mentioned) {
    const spoken = mentions.filter((mention) => !namesAnother(mention));
    const judged = merge(spoken).map((naming) => ({ naming, outcome: outcomeOf(naming, about) }));
    const proofs = judged.filter(({ outcome }) => outcome === 'found');
    if (proofs.length === 0) {
      const isTarget = code.code === target.code && code.type === target.type && code.system === target.system;
      rejections.push({
        check: 'coverage',
        reason: strongestReason(judged.map(({ outcome }) => outcome)),
        code,
        target: isTarget,
      });
    }
    for (const { naming } of proofs.slice(0, spansKept)) evidence.push(spanOf(naming, code));
  }
  return { rejections, evidence };

  function outcomeOf(naming: Naming, about: CardTerms['about']): Outcome {
    const assertion = context.assertionOf(naming.sentence, naming.from, naming.to, consumed);
    return outcome(assertion, naming.needs, about);
  }

  /** What the title says it is without is asserted in the same sentence: a sibling is meant. */
  function namesAnother({ term, sentence, from, to }: Mention): boolean {
    return term.excluded.some((form) =>
      (index.occurrences.get(form) ?? []).some(
        (at) =>
          at.sentence === sentence &&
          (at.to <= from || at.from >= to) &&
          isAsserted(context, at.sentence, at.from, at.to),
      ),
    );
  }

  function spanOf({ from, to, mode }: Naming, code: Code): EvidenceSpan {
    return { code, start: note.tokens[from]?.start ?? 0, end: note.tokens[to - 1]?.end ?? 0, mode };
  }
}

type Outcome = 'found' | Exclude<CoverageRejection['reason'], 'not-found'>;

function outcome(assertion: Assertion, needs: Naming['needs'], about: CardTerms['about']): Outcome {
  if (assertion === 'negated' || assertion === 'hypothetical') return assertion;
  if (about === 'family') return needs === null || assertion === 'family' ? 'found' : 'not-historical';
  if (assertion === 'family') return 'family';
  if (needs === 'historical') return assertion === 'historical' ? 'found' : 'not-historical';
  return 'found';
}

function isAsserted(context: ContextReader, sentence: number, from: number, to: number): boolean {
  const assertion = context.assertionOf(sentence, from, to);
  return assertion !== 'negated' && assertion !== 'family' && assertion !== 'hypothetical';
}

const REASONS_FIRST = ['negated', 'family', 'hypothetical', 'not-historical'] as const;

function strongestReason(outcomes: readonly Outcome[]): CoverageRejection['reason'] {
  return REASONS_FIRST.find((reason) => outcomes.includes(reason)) ?? 'not-found';
}

/** Negating words that are part of a code's name ("without loss of consciousness") negate nothing else. */
function ownNegations(note: NoteText, mentions: readonly Mention[]): Set<number> {
  const own = new Set<number>();
  for (const { term, from, tokens } of mentions) {
    if (!term.required.some((form) => NEGATING.has(form))) continue;
    for (const i of tokens) if (i !== from && NEGATING.has(note.tokens[i]?.form ?? '')) own.add(i);
  }
  return own;
}

/** Joins mentions of one code that overlap; the longest one says how it was recognised. */
function merge(mentions: readonly Mention[]): Naming[] {
  const sorted = [...mentions].sort((a, b) => a.from - b.from || b.to - a.to);
  const merged: (Naming & { longest: number })[] = [];
  for (const { sentence, from, to, term } of sorted) {
    const last = merged.at(-1);
    const length = term.required.length;
    if (last === undefined || last.sentence !== sentence || from >= last.to) {
      merged.push({ sentence, from, to, mode: term.mode, needs: term.needs, longest: length });
      continue;
    }
    const better = length > last.longest;
    merged[merged.length - 1] = {
      sentence,
      from: last.from,
      to: Math.max(to, last.to),
      mode: better ? term.mode : last.mode,
      needs: last.needs === null || term.needs === null ? null : term.needs,
      longest: Math.max(length, last.longest),
    };
  }
  return merged;
}
