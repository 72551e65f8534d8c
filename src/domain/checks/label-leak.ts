import type { KnowledgeCard } from '../knowledge.ts';
import type { LabelLeakRejection } from '../verdict.ts';

/** What a model says about its task rather than about the patient. */
const META_TALK = new RegExp(
  [
    'as an ai\\b',
    'language model\\b',
    "i(?:'m| am) (?:sorry, but|an ai|happy to (?:help|provide))",
    "i(?:'m| am)? ?(?:cannot|can't|can not|unable to) (?:help|assist|write|create|generate|comply|fulfil)",
    "(?:here(?:'s| is)|below is|the following is) (?:a|an|the|your) (?:\\w+ ){0,4}(?:note|summary|document|report)\\b",
    '(?:this|the above|the following) (?:clinical |medical |synthetic )?(?:note|summary) (?:includes|incorporates|covers|was generated)',
    '(?:synthetic|fictional|fictitious) (?:clinical |medical |discharge )?(?:note|summary|patient|record)\\b',
    'icd(?:-?(?:9|10))?(?:-cm)? codes?\\b',
    'let me know if you\\b',
  ]
    .map((phrase) => `\\b${phrase}`)
    .join('|'),
  'gi',
);

/** What a reply is wrapped in: a code fence, or the thoughts of a reasoning model. */
const WRAPPER = /^[ \t]*(?:```|~~~)|<\/?(?:think|thinking|thought|reasoning|reflection|answer)>|<\|\w+\|>/gim;

/** A dotted code as ICD-10-CM (one letter, or two as in QA0.01) or ICD-9-CM (V and E codes) spells it. */
const DOTTED =
  /(?<![\p{L}\p{N}.])(?:[A-Z](?:\d[0-9A-Z]|[A-Z]\d)\.[0-9A-Z]{1,4}|V\d{2}\.\d{1,2}|E\d{3}\.\d)(?![\p{L}\p{N}])(?!\.\d)/giu;
/** A dotted number: an ICD-9 code, or a measurement. */
const DOTTED_NUMBER = /(?<![\p{L}\p{N}.])\d{2,3}\.\d{1,2}(?![\p{L}\p{N}])(?!\.\d)/gu;
const UNIT =
  /^\s?(?:%|°|mg|mcg|ug|g\b|kg|lbs?|ml|dl|l\b|mm|cm|m\b|mmol|meq|units?|iu|u\b|ng|pg|k\b|f\b|c\b|days?|hours?|years?|x\s?10|thousand)/i;
/** Words before a number that make it a measurement. */
const MEASURED =
  /(?:\b(?:weight|wt|glucose|sugar|ldh|ck|bnp|temp|temperature|platelets?|plt|wbc|was|is|of|to|from|at|and|than)|[=<>~])\s*:?\s*$/i;
/** Something before a token says that it is a code. */
const LABEL = /(?:\bicd(?:[- ]?(?:9|10))?(?:[- ]?(?:cm|pcs))?|\bcodes?|\bdx code|diagnos[ie]s code)\s*[:#(-]*\s*$/i;
const TEMPERATURE = /^T(?:3[4-9]|4[0-2])\.\d$/i;

/**
 * Whether the note prints what it is to be learnt from: a code of its set or of their relatives, any code that is called one, headings
 * of the prompt, or talk about the task.
 *
 * Spine levels, vitamins, heart sounds, temperatures ("T 38.5") and laboratory values are no codes.
 *
 * @param headings lines of the prompt, in lower case, that no note has reason to repeat
 */
export function checkLabelLeak(
  text: string,
  { cards, headings }: { readonly cards: readonly KnowledgeCard[]; readonly headings: readonly string[] },
): LabelLeakRejection[] {
  const rejections: LabelLeakRejection[] = [];
  const add = (reason: LabelLeakRejection['reason'], count: number): void => {
    if (count > 0) rejections.push({ check: 'label-leak', reason, count });
  };
  add('code-printed', countCodes(text, cards));
  const lower = text.toLowerCase();
  add('prompt-heading', headings.filter((heading) => lower.includes(heading)).length);
  add(
    'meta-talk',
    [META_TALK, WRAPPER].reduce((sum, pattern) => sum + (text.match(pattern)?.length ?? 0), 0),
  );
  return rejections;
}

function countCodes(text: string, cards: readonly KnowledgeCard[]): number {
  const own = new Set(cards.map(({ code }) => code.code));
  const relatives = new Set(
    cards.flatMap(({ siblings, hierarchy }) => [...siblings, ...hierarchy].map(({ code }) => code)),
  );
  let count = 0;
  for (const { 0: written, index } of text.matchAll(DOTTED)) {
    const code = written.toUpperCase();
    const exact = own.has(code) || (relatives.has(code) && !TEMPERATURE.test(code));
    if (exact || isLabelled(text, index)) count += 1;
  }
  for (const { 0: written, index } of text.matchAll(DOTTED_NUMBER)) {
    const measured = UNIT.test(text.slice(index + written.length, index + written.length + 12));
    if (measured) continue;
    const apart = isSetApart(text, index, written.length);
    if (
      (own.has(written) && (apart || !MEASURED.test(text.slice(Math.max(0, index - 20), index)))) ||
      (relatives.has(written) && apart) ||
      isLabelled(text, index)
    )
      count += 1;
  }
  for (const code of own) {
    if (!code.includes('.') || /^[A-Z]/.test(code)) count += countUndotted(text, code.replace('.', ''));
  }
  return count;
}

function isLabelled(text: string, index: number): boolean {
  return LABEL.test(text.slice(Math.max(0, index - 24), index));
}

/** In brackets, or at the head of a list item or line. */
function isSetApart(text: string, index: number, length: number): boolean {
  const before = text.slice(Math.max(0, index - 4), index);
  const after = text.slice(index + length, index + length + 1);
  return (/[([]$/.test(before) && /^[)\]]/.test(after)) || /(?:^|\n)\s*(?:[-*•]\s*)?$/.test(before);
}

/** A code without a dot (I10, U071) looks like much else: it counts only when it is called a code or set apart. */
function countUndotted(text: string, code: string): number {
  let count = 0;
  for (const { 0: written, index } of text.matchAll(
    new RegExp(`(?<![\\p{L}\\p{N}.])${code}(?![\\p{L}\\p{N}]|\\.\\d)`, 'gu'),
  )) {
    if (isLabelled(text, index) || isSetApart(text, index, written.length)) count += 1;
  }
  return count;
}
