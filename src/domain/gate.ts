import { checkCopy, copyWords, type Source } from './checks/copy.ts';
import { checkCoverage } from './checks/coverage.ts';
import { checkForm, type FinishReason } from './checks/form.ts';
import { checkLabelLeak } from './checks/label-leak.ts';
import type { CodeSet } from './code-set.ts';
import { deidentify } from './deidentify.ts';
import type { KnowledgeCard } from './knowledge.ts';
import { PROMPT_HEADINGS } from './prompt.ts';
import type { ValidationPolicy } from './revision.ts';
import { readNote } from './sentences.ts';
import { createTermCache } from './surface-terms.ts';
import type { CheckAction, CheckName, CheckResult, EvidenceSpan, Rejection, Verdict } from './verdict.ts';

/** Changes with anything that can change a verdict; part of the revision. */
export const GATE_VERSION = '2';

export interface GateInput {
  /** The model's reply. */
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly set: CodeSet;
  /** One for each code of the set, in its order. */
  readonly cards: readonly KnowledgeCard[];
  /** The notes that were at hand when it was written: anchor and examples. */
  readonly sources: readonly { readonly id: string; readonly text: string }[];
  /** The length asked for. */
  readonly words: number;
  readonly policy: ValidationPolicy;
}

export interface Gate {
  /** Judges one reply by every check that is not off. An empty reply is judged by its form alone. */
  judge(input: GateInput): Verdict;
}

/** Source notes whose words are kept at hand. */
const sourcesKept = 256;

/** A gate that remembers the surface terms of codes and the words of source notes it has seen; otherwise it has no state. */
export function createGate(): Gate {
  const termsOf = createTermCache();
  const wordsOfSource = createSourceCache();
  return {
    judge({ text, finishReason, set, cards, sources, words, policy }) {
      const note = readNote(
        text,
        cards.map(({ title }) => title),
      );
      const evidence: EvidenceSpan[] = [];
      const form = checkForm(note, { finishReason, words, policy: policy.form });
      const checks: CheckResult[] = [];
      const run = (name: CheckName, action: CheckAction, check: () => readonly Rejection[]): void => {
        const rejections = action === 'off' ? [] : check();
        checks.push({ name, action, passed: rejections.length === 0, rejections });
      };
      run('form', policy.form.action, () => form);
      if (!form.some(({ reason }) => reason === 'empty')) {
        run('coverage', policy.coverage.action, () => {
          const [target] = set.codes;
          if (target === undefined) return [];
          const coverage = checkCoverage(note, cards, target, termsOf);
          evidence.push(...coverage.evidence);
          return coverage.rejections;
        });
        run('label-leak', policy['label-leak'].action, () =>
          checkLabelLeak(text, { cards, headings: PROMPT_HEADINGS }),
        );
        run('copy', policy.copy.action, () =>
          checkCopy(note, {
            sources: sources.map(wordsOfSource),
            titles: cards.map((card) => termsOf(card).titleWords),
            limit: policy.copy.maxSharedTokens,
          }),
        );
      }
      return { accepted: checks.every(({ passed, action }) => passed || action !== 'reject'), checks, evidence };
    },
  };
}

function createSourceCache(): (source: { readonly id: string; readonly text: string }) => Source {
  const cache = new Map<string, { readonly text: string; readonly source: Source }>();
  return ({ id, text }) => {
    const known = cache.get(id);
    if (known !== undefined && known.text === text) return known.source;
    if (cache.size >= sourcesKept) cache.delete(cache.keys().next().value as string);
    const shown = deidentify(text).text;
    const source = { id, wordings: (shown === text ? [text] : [text, shown]).map(copyWords) };
    cache.set(id, { text, source });
    return source;
  };
}
