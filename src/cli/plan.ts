import { type Ledger, openLedger, UnknownRecord } from '../adapters/ledger.ts';
import type { CorpusReader, CorpusSummary, CorpusWriter, Planner } from '../activities/ports.ts';
import { loadTerminology } from '../adapters/terminology.ts';
import { type Config, ConfigError } from '../config.ts';
import { readNamedCodes } from '../config/named-codes.ts';
import { type Estimate, estimate } from '../domain/estimate.ts';
import { planTargets, type TargetPlan } from '../domain/plan.ts';
import type { Revision } from '../domain/revision.ts';
import { locateParts, type Parts } from '../embedded/parts.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';
import { planTable, unplannedLines } from './plan-table.ts';
import { refuseChanged, revisionOf } from './revision.ts';

export interface PlanningParts {
  readonly ledger: Pick<
    Ledger & CorpusReader & CorpusWriter & Planner,
    'corpusSummary' | 'trainingCounts' | 'wordCounts' | 'savePlan'
  >;
  readonly parts: Parts;
}

interface Draft {
  readonly plan: TargetPlan;
  readonly revision: Revision;
  readonly estimate: Estimate;
}

/**
 * Plans the campaign if it is not planned yet, and shows the plan on stderr.
 *
 * @throws ConfigError for unknown codes, for a plan without any note, and for a campaign that was planned otherwise
 */
export async function ensurePlan(context: CliContext, parts: PlanningParts): Promise<void> {
  const draft = await draftPlan(context, parts);
  if ((await freeze(draft, parts)) === 'saved') {
    for (const line of planTable(context.config.campaign, draft.plan, draft.estimate)) context.talk(line);
  }
}

/** `zebra plan`: counts codes, allocates notes, freezes the revision; with `--dry-run` it writes nothing. */
export async function planCommand(context: CliContext, options: Record<string, unknown>): Promise<number> {
  const { config } = context;
  const parts = locateParts(config.cacheDir);
  const ledger = await openLedger({ path: config.ledgerPath });
  try {
    const draft = await draftPlan(context, { ledger, parts });
    const outcome = options['dryRun'] === true ? 'dry run' : await freeze(draft, { ledger, parts });
    if (context.json) context.out(JSON.stringify(planJson(context, draft)));
    else for (const line of planTable(config.campaign, draft.plan, draft.estimate)) context.out(line);
    if (outcome === 'dry run') context.talk('a dry run: nothing was written');
    if (outcome === 'same') context.talk(`campaign ${config.campaign} was planned before, just so`);
    return EXIT.done;
  } finally {
    await ledger.close();
  }
}

/**
 * Tells of mistyped target codes before engines are started and a corpus is embedded, which may take hours.
 *
 * @throws ConfigError with the place of each
 */
export function refuseUnknownCodes(config: Config, parts: Parts): void {
  readNamedCodes(config, (system, type) => loadTerminology(parts.tablesDir, system, type));
}

async function draftPlan({ config }: CliContext, { ledger, parts }: PlanningParts): Promise<Draft> {
  const terminologyOf = (system: 'icd9cm' | 'icd10cm', type: 'dx' | 'px') =>
    loadTerminology(parts.tablesDir, system, type);
  const named = readNamedCodes(config, terminologyOf);
  const corpus = await summaryOf(ledger, config.corpus.id);
  const counts = await ledger.trainingCounts(corpus.id);
  const wordCounts = await ledger.wordCounts(corpus.id);
  const plan = planTargets({
    counts,
    selection: config.targets,
    named,
    allocation: config.allocation,
    maxRung: config.substitution.maxRung,
    terminologyOf,
  });
  const revision = revisionOf({
    config,
    corpus,
    wordCounts,
    named,
    terminology: terminologyOf(config.codeSystem, 'dx')!,
  });
  const labels = [...counts.values()].reduce((sum, carried) => sum + carried, 0);
  return {
    plan,
    revision,
    estimate: estimate({
      notes: plan.notes,
      attempts: config.validation.attempts,
      words: revision.generation.words,
      writer: config.writer,
      codesPerNote: labels / corpus.training,
      price: config.llm.price,
      concurrency: config.llm.concurrency,
      requestsPerMinute: config.llm.requestsPerMinute,
      tokensPerMinute: config.llm.tokensPerMinute,
    }),
  };
}

async function freeze({ plan, revision }: Draft, { ledger }: PlanningParts): Promise<'saved' | 'same'> {
  // Zero-shot codes without a relative are listed: a plan of nothing but them is done, not wrong.
  const onlyListed = plan.unplanned.some(({ reason }) => reason === 'no-relative');
  if (plan.targets.length === 0 && !onlyListed) throw emptyPlan(plan);
  const result = await ledger.savePlan({ revision, targets: plan.targets, unplanned: plan.unplanned });
  if (result.outcome === 'differs') refuseChanged(result.stored, revision);
  return result.outcome;
}

function emptyPlan(plan: TargetPlan): ConfigError {
  if (plan.unplanned.length === 0) {
    return new ConfigError(
      'the plan is empty: no code of the corpus is in targets.tiers; add tiers, or name codes in targets.codes or targets.codesFile',
    );
  }
  const starved = plan.unplanned.some(({ reason }) => reason === 'no-allocation');
  return new ConfigError([
    'the plan is empty: no code that targets asks for can have a note',
    ...unplannedLines(plan),
    ...(starved ? ['raise allocation.maxPerCode or allocation.alpha'] : []),
  ]);
}

async function summaryOf(ledger: PlanningParts['ledger'], corpus: string): Promise<CorpusSummary> {
  const notYet = new ConfigError('the corpus is not ingested yet; run: zebra ingest, or zebra run');
  const summary = await ledger.corpusSummary(corpus).catch((error: unknown) => {
    throw error instanceof UnknownRecord ? notYet : error;
  });
  if (summary.training === 0) throw notYet;
  return summary;
}

function planJson({ config }: CliContext, { plan, revision, estimate: expected }: Draft): Record<string, unknown> {
  return {
    schemaVersion: 1,
    campaign: config.campaign,
    revision,
    notes: plan.notes,
    codes: plan.targets.length,
    tiers: plan.tiers,
    estimate: expected,
    targets: plan.targets,
    unplanned: plan.unplanned,
    beyondLimit: plan.beyondLimit,
  };
}
