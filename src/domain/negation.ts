import { TRIGGERS, type TriggerEffect } from './negation-triggers.ts';
import type { NoteText, Sentence } from './sentences.ts';
import type { Token } from './tokens.ts';

/**
 * How a note states something. `possible` counts as present in a discharge summary (ICD-10-CM guidelines, II.H); `historical` is
 * said of the patient's past.
 */
export type Assertion = 'affirmed' | 'possible' | 'historical' | 'negated' | 'family' | 'hypothetical';

interface Trigger {
  readonly words: readonly string[];
  readonly effect: TriggerEffect;
  readonly side: 'after' | 'before' | 'none';
  /** Tokens in scope; `comma`: up to the next comma. */
  readonly reach: number | 'comma';
}

/** A trigger in a sentence: tokens `from` to `to` (exclusive) of the note. */
interface Found extends Trigger {
  readonly from: number;
  readonly to: number;
}

/** Post-triggers of a long list end after this many tokens. */
const reachBack = 25;

const triggersByFirstWord = compileTriggers();

function compileTriggers(): Map<string, Trigger[]> {
  const byFirst = new Map<string, Trigger[]>();
  for (const { effect, side, phrases } of TRIGGERS) {
    for (const line of phrases) {
      const [phrase = '', scope] = line.split('|');
      const reach = scope === ',' ? 'comma' : scope === undefined ? Number.POSITIVE_INFINITY : Number(scope);
      for (const words of alternatives(phrase)) {
        const first = words[0] as string;
        byFirst.set(first, [...(byFirst.get(first) ?? []), { words, effect, side, reach }]);
      }
    }
  }
  for (const triggers of byFirst.values()) triggers.sort((a, b) => b.words.length - a.words.length);
  return byFirst;
}

/** "is/was ruled out" gives its two phrases; the slashed short forms (r/o, h/o, s/p, w/o) stay whole. */
function alternatives(phrase: string): string[][] {
  return phrase.split(' ').reduce<string[][]>(
    (phrases, word) => {
      const choices = word.length === 3 ? [word] : word.split('/');
      return phrases.flatMap((words) => choices.map((choice) => [...words, choice]));
    },
    [[]],
  );
}

/** Reads the context of statements in a note; the triggers of a sentence are sought once. */
export interface ContextReader {
  /**
   * How the note states what stands at tokens `from` to `to` (exclusive) of a sentence. Triggers inside it are its own words ("without")
   * and do not count, nor do those in `consumed`, which belong to the name of something else.
   */
  assertionOf(sentence: number, from: number, to: number, consumed?: ReadonlySet<number>): Assertion;
}

export function createContextReader(note: NoteText): ContextReader {
  const bySentence = new Map<number, Found[]>();
  return {
    assertionOf(sentence, from, to, consumed) {
      let found = bySentence.get(sentence);
      if (found === undefined) {
        found = findTriggers(note.tokens, note.sentences[sentence] as Sentence);
        bySentence.set(sentence, found);
      }
      const free = found.filter(
        (trigger) => (trigger.from < from || trigger.to > to) && !isConsumed(trigger, consumed),
      );
      const effects = effectsOn(note.tokens, free, from, to);
      if (note.sentences[sentence]?.section === 'family-history') effects.add('family');
      return strongest(effects);
    },
  };
}

function isConsumed(trigger: Found, consumed: ReadonlySet<number> | undefined): boolean {
  if (consumed === undefined || trigger.effect === 'stop') return false;
  for (let i = trigger.from; i < trigger.to; i += 1) if (consumed.has(i)) return true;
  return false;
}

function findTriggers(tokens: readonly Token[], { from, to }: Sentence): Found[] {
  const found: Found[] = [];
  for (let i = from; i < to;) {
    const hit = triggersByFirstWord.get((tokens[i] as Token).lower)?.find(({ words }) => fits(tokens, i, to, words));
    if (hit === undefined) {
      i += 1;
      continue;
    }
    found.push({ ...hit, from: i, to: i + hit.words.length });
    i += hit.words.length;
  }
  return found;
}

function fits(tokens: readonly Token[], at: number, end: number, words: readonly string[]): boolean {
  return at + words.length <= end && words.every((word, k) => tokens[at + k]?.lower === word);
}

function effectsOn(tokens: readonly Token[], triggers: readonly Found[], from: number, to: number): Set<TriggerEffect> {
  const effects = new Set<TriggerEffect>();
  for (const trigger of triggers) {
    const after = trigger.side === 'after' && trigger.from < from;
    const before = trigger.side === 'before' && trigger.to > to;
    if (!after && !before) continue;
    const [gapFrom, gapTo] = after ? [Math.min(trigger.to, from), from] : [to, Math.max(trigger.from, to)];
    if (reaches(tokens, triggers, trigger, gapFrom, gapTo)) effects.add(trigger.effect);
  }
  return effects;
}

function reaches(
  tokens: readonly Token[],
  triggers: readonly Found[],
  trigger: Found,
  gapFrom: number,
  gapTo: number,
): boolean {
  const distance = gapTo - gapFrom;
  if (trigger.side === 'before' && distance > reachBack) return false;
  if (typeof trigger.reach === 'number' && distance >= trigger.reach) return false;
  if (trigger.reach === 'comma') {
    for (let i = gapFrom; i < gapTo; i += 1) if (tokens[i]?.text === ',') return false;
  }
  return !triggers.some((other) => other.effect === 'stop' && other.from >= gapFrom && other.to <= gapTo);
}

const STRONGEST_FIRST = ['negated', 'family', 'hypothetical', 'possible', 'historical'] as const;

function strongest(effects: ReadonlySet<TriggerEffect>): Assertion {
  return STRONGEST_FIRST.find((effect) => effects.has(effect)) ?? 'affirmed';
}
