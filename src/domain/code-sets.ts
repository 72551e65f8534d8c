import { sameAxis } from './axis.ts';
import type { CodeSet, DroppedCode, DropReason, Rung, Strategy } from './code-set.ts';
import { type Code, codeKey, type CodeSystem, type CodeType } from './icd.ts';
import type { SubstitutionPolicy } from './revision.ts';
import { randomOf } from './seed.ts';
import { type SexAndAge, sexAndAge } from './sex-and-age.ts';
import type { Terminology } from './terminology.ts';

/** A source note that lends its codes, as retrieval found it. */
export interface AnchorNote {
  readonly noteId: string;
  readonly strategy: Strategy;
  readonly rung: Rung | null;
  /** The relative of the target that the note carries; null when it carries the target itself. */
  readonly sibling: Code | null;
  readonly codes: readonly Code[];
  readonly sex: 'F' | 'M' | null;
  readonly age: number | null;
}

export interface CompositionRequest {
  readonly target: Code;
  /** The notes to compose a set for, from 1. */
  readonly ordinals: readonly number[];
  /** Best first, at least one; the notes rotate over them. */
  readonly anchors: readonly AnchorNote[];
  /** Ids of source notes that may be shown as examples, best first. */
  readonly examples: readonly string[];
  readonly terminologyOf: (system: CodeSystem, type: CodeType) => Terminology | null;
  /** What the target says of its patient. */
  readonly card: SexAndAge;
  readonly mode: SubstitutionPolicy['mode'];
  readonly seed: number;
}

type SplitSet = Pick<CodeSet, 'codes' | 'dropped'>;

/** Example notes shown in one prompt. */
const EXAMPLES_SHOWN = 2;

/** HIPAA Safe Harbor (45 CFR 164.514(b)(2)) lumps ages of 90 and more together. */
const OLDEST_AGE = 90;

/** Ages at which code edits change: newborn, child, adult. Jitter does not cross them. */
const AGE_BANDS = [
  { min: 0, max: 0 },
  { min: 1, max: 17 },
  { min: 18, max: OLDEST_AGE },
] as const;

/**
 * One code set for each ordinal. The same request gives the same sets, whichever ordinals it is split into.
 *
 * @throws RangeError when there is no anchor
 */
export function composeSets(request: CompositionRequest): CodeSet[] {
  const { target, anchors, card, seed } = request;
  if (anchors.length === 0) throw new RangeError('a code set needs an anchor note');
  return request.ordinals.map((ordinal) => {
    const anchor = anchors[(ordinal - 1) % anchors.length]!;
    const random = randomOf(seed, 'code-set', codeKey(target), ordinal);
    const set =
      anchor.sibling === null ? cloneSet(request, anchor.codes) : substituteSet(request, anchor.codes, anchor.sibling);
    const age = agedAbout(anchor.age, agesAllowed(card, set.codes), random.next());
    const others = request.examples.filter((id) => id !== anchor.noteId);
    const shown = new Set(random.shuffled(others).slice(0, EXAMPLES_SHOWN));
    return {
      ordinal,
      ...set,
      strategy: anchor.strategy,
      anchor: anchor.noteId,
      rung: anchor.rung,
      sibling: anchor.sibling,
      sex: card.sex ?? anchor.sex,
      age,
      examples: others.filter((id) => shown.has(id)),
    };
  });
}

/** The anchor's own codes, target first. Only codes that no table describes are dropped: no note could be proved to carry them. */
function cloneSet(
  { target, terminologyOf }: Pick<CompositionRequest, 'target' | 'terminologyOf'>,
  codes: readonly Code[],
): SplitSet {
  const others = codes.filter((code) => codeKey(code) !== codeKey(target));
  return split(target, others, (code) => (isKnown(terminologyOf, code) ? null : 'no-knowledge'));
}

/**
 * The anchor's codes with the target in the relative's place. In mode `paper` every comorbidity stays (arXiv 2511.14112); in
 * mode `cleaned` those go that the target makes wrong: its ancestors and descendants, the same code in another spelling, and
 * other values of its axis (stage, side, episode).
 */
function substituteSet(
  { target, terminologyOf, mode }: Pick<CompositionRequest, 'target' | 'terminologyOf' | 'mode'>,
  codes: readonly Code[],
  sibling: Code,
): SplitSet {
  const terminology = terminologyOf(target.system, target.type);
  return split(target, codes, (code) => {
    if (codeKey(code) === codeKey(sibling)) return 'swapped';
    if (codeKey(code) === codeKey(target)) return 'duplicate';
    if (!isKnown(terminologyOf, code)) return 'no-knowledge';
    if (mode === 'paper' || terminology === null || code.system !== target.system || code.type !== target.type)
      return null;
    return madeWrong(terminology, target.code, code.code);
  });
}

function madeWrong(terminology: Terminology, target: string, code: string): DropReason | null {
  if (terminology.resolve(code)?.entry.code === terminology.resolve(target)?.entry.code) return 'duplicate';
  if (terminology.isDescendant(target, code)) return 'ancestor';
  if (terminology.isDescendant(code, target)) return 'descendant';
  return sameAxis(terminology, target, code) === null ? null : 'same-axis';
}

function split(target: Code, codes: readonly Code[], reasonToDrop: (code: Code) => DropReason | null): SplitSet {
  const kept: Code[] = [target];
  const dropped: DroppedCode[] = [];
  const seen = new Set<string>();
  for (const code of codes) {
    const reason = seen.has(codeKey(code)) ? 'duplicate' : reasonToDrop(code);
    seen.add(codeKey(code));
    if (reason === null) kept.push(code);
    else dropped.push({ code, reason });
  }
  return { codes: kept, dropped };
}

function isKnown(terminologyOf: CompositionRequest['terminologyOf'], code: Code): boolean {
  return terminologyOf(code.system, code.type)?.resolve(code.code) !== undefined;
}

/** Ages that the target and, as far as they agree with it, the other codes of the set allow. */
function agesAllowed({ ageRange }: SexAndAge, codes: readonly Code[]): SexAndAge['ageRange'] {
  return codes.reduce<SexAndAge['ageRange']>((allowed, code) => {
    const range = sexAndAge(code).ageRange;
    if (allowed === null || range === null) return allowed ?? range;
    const both = { min: Math.max(allowed.min, range.min), max: Math.min(allowed.max, range.max) };
    return both.min <= both.max ? both : allowed;
  }, ageRange);
}

/** The anchor's age moved by up to three years (less in childhood), within its age band and then within what the codes allow. */
function agedAbout(age: number | null, range: SexAndAge['ageRange'], chance: number): number | null {
  if (age === null) return null;
  const band = AGE_BANDS.find(({ max }) => age <= max) ?? AGE_BANDS[2];
  const span = Math.min(3, Math.floor(age / 8));
  const moved = age - span + Math.floor(chance * (2 * span + 1));
  const inBand = clamp(moved, band.min, band.max);
  return range === null ? inBand : clamp(inBand, range.min, range.max);
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}
