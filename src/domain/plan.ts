import { allocate } from './allocation.ts';
import { findRelativesWithNotes } from './anchors.ts';
import { type Code, type CodeKey, codeKey, compareCodes, type CodeSystem, type CodeType, parseCodeKey } from './icd.ts';
import type { AllocationPolicy, SubstitutionPolicy, TargetSelection } from './revision.ts';
import type { Terminology } from './terminology.ts';
import { type Tier, tierOf, TIERS } from './tiers.ts';

/** A code that gets notes. Its place in the list is its place in plan order, rarest tier first. */
export interface PlannedTarget {
  readonly code: Code;
  readonly tier: Tier;
  readonly trainingCount: number;
  /** Notes to write, 1 or more. */
  readonly notes: number;
}

/**
 * Why a code that was asked for gets no notes.
 *
 * - `no-knowledge`: no table describes it, so no note could be proved to carry it
 * - `no-relative`: a zero-shot code none of whose relatives, up to `substitution.maxRung`, has a training note
 * - `no-allocation`: the allocation gives it 0 notes
 */
export type UnplannedReason = 'no-knowledge' | 'no-relative' | 'no-allocation';

export interface UnplannedTarget {
  readonly code: Code;
  readonly reason: UnplannedReason;
  readonly trainingCount: number;
}

export interface TierTotal {
  readonly tier: Tier;
  readonly codes: number;
  readonly notes: number;
}

export interface TargetPlan {
  readonly targets: readonly PlannedTarget[];
  readonly unplanned: readonly UnplannedTarget[];
  /** Codes that `targets.limit` cut off the end of the plan. */
  readonly beyondLimit: number;
  /** Every tier, rarest first, also where it is empty. */
  readonly tiers: readonly TierTotal[];
  readonly notes: number;
}

export interface PlanRequest {
  /** Training notes by code, all codes of the corpus. */
  readonly counts: ReadonlyMap<CodeKey, number>;
  readonly selection: Pick<TargetSelection, 'tiers' | 'limit'>;
  /** Codes named by the user, each known to its table. */
  readonly named: readonly Code[];
  readonly allocation: AllocationPolicy;
  readonly maxRung: SubstitutionPolicy['maxRung'];
  readonly terminologyOf: (system: CodeSystem, type: CodeType) => Terminology | null;
}

/**
 * Chooses the target codes and gives each its notes.
 *
 * Targets are the codes of the corpus whose tier is in `selection.tiers`, and besides them every named code, whatever its tier:
 * zero-shot codes can only be named, since nothing in a corpus says which codes it lacks. To plan named codes only, leave
 * `tiers` empty. Plan order is by training count, then by code; `limit` keeps the first codes of it.
 */
export function planTargets(request: PlanRequest): TargetPlan {
  const { counts, selection, named, allocation, terminologyOf } = request;
  const wanted = new Map<CodeKey, { code: Code; trainingCount: number }>();
  for (const [key, trainingCount] of counts) {
    if (trainingCount > 0 && selection.tiers.includes(tierOf(trainingCount)))
      wanted.set(key, { code: parseCodeKey(key), trainingCount });
  }
  for (const code of named) wanted.set(codeKey(code), { code, trainingCount: counts.get(codeKey(code)) ?? 0 });

  const inOrder = [...wanted.values()].sort(
    (left, right) => left.trainingCount - right.trainingCount || compareCodes(left.code, right.code),
  );
  const planned: PlannedTarget[] = [];
  const unplanned: UnplannedTarget[] = [];
  for (const { code, trainingCount } of inOrder) {
    const terminology = terminologyOf(code.system, code.type);
    const notes = allocate(trainingCount, allocation);
    const reason = reasonAgainst(terminology, code, trainingCount, notes, request);
    if (reason === null) planned.push({ code, tier: tierOf(trainingCount), trainingCount, notes });
    else unplanned.push({ code, reason, trainingCount });
  }

  const targets = planned.slice(0, selection.limit ?? planned.length);
  const tiers = TIERS.map((tier) => {
    const ofTier = targets.filter((target) => target.tier === tier);
    return { tier, codes: ofTier.length, notes: ofTier.reduce((sum, target) => sum + target.notes, 0) };
  });
  return {
    targets,
    unplanned,
    beyondLimit: planned.length - targets.length,
    tiers,
    notes: tiers.reduce((sum, tier) => sum + tier.notes, 0),
  };
}

function reasonAgainst(
  terminology: Terminology | null,
  code: Code,
  trainingCount: number,
  notes: number,
  { counts, maxRung }: PlanRequest,
): UnplannedReason | null {
  if (terminology?.resolve(code.code) === undefined) return 'no-knowledge';
  if (notes === 0) return 'no-allocation';
  if (trainingCount === 0 && findRelativesWithNotes(terminology, code, counts, maxRung) === null) return 'no-relative';
  return null;
}
