/** One wording of a title or synonym. */
export interface TitleVariant {
  readonly text: string;
  /** What was cut off because the title says it is without it. */
  readonly without: string;
  readonly needs: 'family' | 'historical' | null;
}

type Rewrite = (text: string) => readonly string[];

/** What a classification says and a note does not. */
const CLASSIFICATION_TALK: readonly (readonly [RegExp, string])[] = [
  [/,? ?\b(?:not elsewhere (?:classified|classifiable)|not otherwise specified|NOS|NEC)\b/g, ''],
  [
    /,? ?\b(?:as the cause of|in) (?:other )?(?:specified )?(?:infectious and parasitic )?diseases? classified elsewhere/gi,
    '',
  ],
  [/,? ?\bclassified elsewhere/gi, ''],
  [
    /,? ?\bunspecified (?:part|site|location|type|degree|severity|trimester|organism|stage|form|cause|weeks of gestation)(?: of)?\b/gi,
    '',
  ],
  [/,? ?\b(?:organism|site|side|severity|type|trimester|cause|degree) unspecified/gi, ''],
  [/,? ?\b(?:unspecified )?as to episode of care(?: or not applicable)?/gi, ''],
  [/,? ?\b(?:initial|subsequent) encounter(?: for (?:closed )?fracture)?(?: with routine healing)?(?= ?$|,)/gi, ''],
  [/,? ?\b(?:initial|subsequent) encounter for (?=open)/gi, ' '],
  [/,? ?\bnot (?:stated|specified) as (?:uncontrolled|unspecified)/gi, ''],
  [/^Encounter for /i, ''],
  [/^Patient's (?:other )?(?=.)/i, ''],
  [/(?<=\p{L} \p{L}.*),? as the place of occurrence of the external cause$/iu, ''],
];

/** Other words for the same thing, where a note hardly ever uses the title's. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/secondary malignant neoplasm/i, 'secondary malignancy'],
  [/\btype 2 diabetes mellitus with (?=diabetic|ketoacidosis|hyper|hypo)/i, 'type 2 diabetes '],
  [/\bpresence of (?=.)/i, ''],
  [/\bacquired absence of (?=.)/i, 'absence of '],
  [/\blong[- ]term use of\b/i, 'long term '],
  [/^contact with and (?:\(suspected\) )?exposure to\b/i, 'exposure to'],
  [/^contact with and (?:\(suspected\) )?exposure to\b/i, 'contact with'],
  [/^acquired absence of ((?:right |left )?)leg (above|below) knee/i, '$1 amputation $2 knee'],
  [/\bpresence of cardiac pacemaker$/i, 'pacemaker'],
  [/\brenal dialysis\b/i, 'dialysis'],
  [/\bsupplemental oxygen\b/i, 'oxygen'],
  [/\bgestation of pregnancy$/i, 'gestation'],
  [/(?<=\d), adult$/i, ''],
  [/^abnormal (?=weight)/i, ''],
  [/(?<=^paresthesia) of skin$/i, ''],
];

/**
 * The wordings of a name that count as naming it: without brackets and the classification's own talk ("unspecified", "not elsewhere
 * classified", "initial encounter"), a bracketed short form in place of what it abbreviates, without a closing "without ...",
 * either half of "X and Y" (the ICD's "and" means and/or), an eponym without "disease".
 */
export function titleVariants(
  name: string,
  { about, isTitle }: { readonly about: 'patient' | 'family' | 'history'; readonly isTitle: boolean },
): TitleVariant[] {
  const split = isTitle ? [splitHistory, splitConjunction] : [];
  const wordings = apply([name], [openBrackets, dropTalk, swapPhrases, ...split, bareEponym]);
  const variants = wordings.flatMap((text): TitleVariant[] => [
    { text, without: '', needs: null },
    ...withoutTail(text),
    ...exceptTail(text),
  ]);
  return [...variants, ...variants.flatMap((variant) => contextual(variant, about))].slice(0, variantsKept);
}

/** Most wordings of one name. */
const variantsKept = 32;

function apply(texts: readonly string[], rewrites: readonly Rewrite[]): string[] {
  return rewrites.reduce<string[]>(
    (wordings, rewrite) => [
      ...new Set(wordings.flatMap((text) => rewrite(text)).map((text) => text.replace(/\s+/g, ' ').trim())),
    ],
    [...texts],
  );
}

function openBrackets(text: string): string[] {
  const square = /^(.*?)\s*\[([^\]]+)\](.*)$/.exec(text);
  const names =
    square === null
      ? [text]
      : [`${square[1]} ${square[3]}`, ...shortForm(...(square.slice(1) as [string, string, string]))];
  return names.flatMap((name) => (name.includes('(') ? [name, name.replace(/\s*\([^)]*\)/g, '')] : [name]));
}

/**
 * What stands in square brackets is another name: an abbreviation in place of the words whose initials it has, or a proper name in place of
 * a short title.
 */
function shortForm(before: string, bracketed: string, rest: string): string[] {
  const words = before.split(/[\s-]+/).filter((word) => word !== '');
  if (!/^\p{Lu}\p{L}{1,6}$/u.test(bracketed)) {
    return /^\p{Lu}/u.test(bracketed) && words.length <= 4 ? [`${bracketed}${rest}`] : [];
  }
  const letters = bracketed.toLowerCase();
  for (let taken = letters.length; taken <= letters.length + 2; taken += 1) {
    const spelt = words.slice(-taken).filter((word) => !/^(?:of|and|the|in|for)$/i.test(word));
    const initials = spelt.map((word) => word[0]?.toLowerCase()).join('');
    if (initials === letters) return [`${words.slice(0, -taken).join(' ')} ${bracketed}${rest}`];
  }
  return [];
}

function dropTalk(text: string): string[] {
  const plain = CLASSIFICATION_TALK.reduce((rest, [talk, instead]) => rest.replace(talk, instead), text);
  return [plain === '' ? text : plain];
}

function swapPhrases(text: string): string[] {
  const swapped = PHRASES.flatMap(([phrase, instead]) => (phrase.test(text) ? [text.replace(phrase, instead)] : []));
  return [text, ...swapped];
}

/** ICD-10-CM and ICD-9-CM conventions: "and" in a title means "and/or", as "or" does. Only single words on both sides are split. */
function splitConjunction(text: string): string[] {
  const match = /^(.*?)\b([\p{L}-]+) (?:and|or) ([\p{L}-]+)\b(.*)$/u.exec(text);
  if (match === null || /\bboth\b|\bnose and throat\b/i.test(text)) return [text];
  const [, before, one, other, after] = match as unknown as [string, string, string, string, string];
  if (
    /^(?:with|of|to|in|by|without|other|unspecified)$/i.test(one) ||
    /^(?:with|other|without|due|not|unspecified)$/i.test(other)
  )
    return [text];
  const last = /\bof $/i.test(before) && !/\bwith/i.test(after) ? [`${before}${one}`] : [];
  return [text, `${before}${one}${after}`, `${before}${other}${after}`, ...last];
}

/** "History of X, and Y" and "history of X and other Y" are also said of X alone, the first one of Y alone too. */
function splitHistory(text: string): string[] {
  const match = /^((?:personal|family) history of )(.+?)(?:, and | and (?=other ))(.+)$/i.exec(text);
  if (match === null) return [text];
  const [, start, one, other] = match as unknown as [string, string, string, string];
  return /^other /i.test(other) ? [text, `${start}${one}`] : [text, `${start}${one}`, `${start}${other}`];
}

function bareEponym(text: string): string[] {
  const match = /^(\p{Lu}\p{L}+)['’]s (?:disease|syndrome)$/u.exec(text);
  return match === null ? [text] : [text, match[1] as string];
}

/** "X without Y" is X where Y is not asserted. */
function withoutTail(text: string): TitleVariant[] {
  const match = /^(.+?)(?:,| |, )(?:without(?: mention of)?|with no) (.+?)((?:,| with(?!out)\b| and with\b).*)?$/i.exec(
    text,
  );
  if (match === null || /loss of consciousness/i.test(text)) return [];
  const [, head, tail, rest] = match as unknown as [string, string, string, string | undefined];
  if (rest !== undefined && /without/i.test(rest)) return [];
  return [{ text: `${head}${rest ?? ''}`, without: tail, needs: null }];
}

/** "X, except Y" is X where Y is not asserted. */
function exceptTail(text: string): TitleVariant[] {
  const match = /^(.+?),? except (.+)$/i.exec(text);
  return match === null ? [] : [{ text: match[1] as string, without: match[2] as string, needs: null }];
}

function contextual({ text, without }: TitleVariant, about: 'patient' | 'family' | 'history'): TitleVariant[] {
  if (about === 'patient') return [];
  const bare = text.replace(/^(?:family|personal) history of (?:other )?/i, '');
  if (bare === text) return [];
  return [{ text: bare, without, needs: about === 'family' ? 'family' : 'historical' }];
}
