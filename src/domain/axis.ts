import type { Terminology } from './terminology.ts';

/** What tells two codes of the same condition apart, where a patient has at most one value of it at a time. */
export type Axis =
  | 'side'
  | 'episode'
  | 'stage'
  | 'severity'
  | 'trimester'
  | 'gestation'
  | 'remission'
  | 'intent'
  | 'type'
  | 'control'
  | 'presence';

interface AxisWords {
  readonly axis: Axis;
  /** Phrases that name a value of the axis, as the titles of both classifications write them. */
  readonly values: RegExp;
  /** Values that leave the axis open; two titles differ on it only if one names a definite value. */
  readonly open: RegExp;
}

const ROMAN_OR_DIGIT = '(?:\\d[a-e]?|i{1,3}|iv|vi{0,3})';
const phrase = (source: string): RegExp => new RegExp(`\\b(?:${source})\\b`, 'g');

const AXES: readonly AxisWords[] = [
  {
    axis: 'side',
    values: phrase(
      '(?:right|left|bilateral|unilateral|both|unspecified)(?: (?:dominant |non-?dominant )?(?:side|sides|eye|eyes|ear|ears))?',
    ),
    open: /^(?:unspecified|unilateral)/,
  },
  {
    axis: 'episode',
    values: phrase(
      '(?:initial|subsequent) encounter.*|sequela$|(?:initial |subsequent )?episode of care(?: unspecified)?',
    ),
    open: /^episode/,
  },
  {
    axis: 'stage',
    values: phrase(
      `stage ${ROMAN_OR_DIGIT}(?: (?:through|or) stage ${ROMAN_OR_DIGIT})*(?: unspecified| mild| moderate| severe)?|grade ${ROMAN_OR_DIGIT}|stage end` +
        '|(?:(?:early|intermediate) dry|mild|moderate|severe|indeterminate) stage|stage unspecified|unspecified (?:stage|grade)|unstageable|unspecified',
    ),
    open: /unspecified$|^unspecified|^indeterminate/,
  },
  {
    axis: 'severity',
    values: phrase('(?:mild|moderate|severe)(?: intermittent| persistent)?|profound|unspecified'),
    open: /^unspecified/,
  },
  { axis: 'trimester', values: phrase('(?:first|second|third|unspecified) trimester'), open: /^unspecified/ },
  { axis: 'gestation', values: phrase('(?:less than )?\\d+ weeks gestation|(?:completed )?\\d+ weeks'), open: /^$/ },
  {
    axis: 'remission',
    values: phrase(
      'not having achieved remission|(?:in )?(?:full |partial )?(?:remission|relapse)|without mention of having achieved remission',
    ),
    open: /^$/,
  },
  { axis: 'intent', values: phrase('accidental unintentional|intentional self harm|assault|undetermined'), open: /^$/ },
  { axis: 'type', values: phrase('type i(?: juvenile type)?|type ii(?: or unspecified type)?'), open: /^$/ },
  { axis: 'control', values: phrase('(?:not stated as )?uncontrolled'), open: /^$/ },
  { axis: 'presence', values: phrase('without(?: mention of)?|with|not(?= intractable)'), open: /^$/ },
];

const FILLERS = new Set(['of', 'the', 'and', 'or', 'in', 'a', 'an', 'to', 'through']);

/** Lower case, words and hyphens only; ICD writes the last stage of kidney disease as a name of its own. */
const plain = (title: string): string =>
  title
    .toLowerCase()
    .replace(/end stage renal disease/g, 'chronic kidney disease stage end')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

function split(title: string, { values, open }: AxisWords): { rest: string; value: string } {
  const definite = (title.match(values) ?? []).filter((value) => !open.test(value));
  const rest = new Set(
    title
      .replace(values, ' ')
      .split(' ')
      .filter((word) => word !== '' && !FILLERS.has(word)),
  );
  return { rest: [...rest].toSorted().join(' '), value: definite.join(' ') };
}

/**
 * Whether two codes name the same condition with another value of one axis, so that a patient does not have both: N18.31 and N18.32
 * (stage), M17.11 and M17.12 (side), S02.5XXA and S02.5XXD (episode). They must share their parent or their category,
 * neither may lie under the other, and their titles must be the same words but for values of that one axis, of which at least one is definite.
 *
 * A patient can have a condition on both sides, by two codes; for cleaning a code set around a target the other side still counts as
 * another value, since it came with the code that was replaced.
 *
 * @returns null when they differ in more than one axis or in anything else, and for unknown codes
 */
export function sameAxis(term: Terminology, a: string, b: string): { axis: Axis } | null {
  const left = term.resolve(a)?.entry;
  const right = term.resolve(b)?.entry;
  if (left === undefined || right === undefined || left.code === right.code) return null;
  const category = term.category(left.code)?.code;
  if (category === undefined) return null;
  if (left.parent !== right.parent && category !== term.category(right.code)?.code) return null;
  if (term.isDescendant(left.code, right.code) || term.isDescendant(right.code, left.code)) return null;
  const [leftTitle, rightTitle] = [plain(left.title), plain(right.title)];
  for (const words of AXES) {
    const [one, other] = [split(leftTitle, words), split(rightTitle, words)];
    if (one.rest === other.rest && one.value !== other.value) return { axis: words.axis };
  }
  return null;
}
