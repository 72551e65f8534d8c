import { type AttemptEntry, type CodeAudit, openLedger, UnknownRecord } from '../adapters/ledger.ts';
import { ConfigError } from '../config.ts';
import { codeKey } from '../domain/icd.ts';
import { describeRejection } from '../domain/rejection.ts';
import { codeOfCampaign } from './code-argument.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';
import { cost, count } from './report.ts';
import { requireCampaign } from './status.ts';

/** Everything that happened to one target code: retrieval, code sets, every attempt with times, inputs, spend and verdict, and the Temporal runs. */
export async function audit(context: CliContext, _options: Record<string, unknown>, typed: string): Promise<number> {
  const { config } = context;
  const code = codeOfCampaign(config.codeSystem, typed);
  const ledger = await openLedger({ path: config.ledgerPath });
  try {
    await requireCampaign(ledger, config.campaign);
    const found = await ledger.audit(config.campaign, code).catch((error: unknown) => {
      if (!(error instanceof UnknownRecord)) throw error;
      throw new ConfigError(
        `${codeKey(code)} is no target of campaign ${config.campaign}; zebra plan lists the targets and what was left out`,
      );
    });
    if (context.json) context.out(JSON.stringify(found));
    else for (const line of auditLines(found)) context.out(line);
    return EXIT.done;
  } finally {
    await ledger.close();
  }
}

function* auditLines(found: CodeAudit): Generator<string> {
  const { target, notes, spend } = found;
  const accepted = notes.filter((note) => note.state === 'accepted').length;
  yield `${codeKey(target)}  ${found.tier}, ${count(found.trainingCount)} training notes; ${accepted} of ${found.planned} notes accepted`;
  yield `spend: ${count(spend.calls)} calls, ${count(spend.inputTokens)} + ${count(spend.outputTokens)} tokens, cost ${cost(spend.cost)}`;
  for (const { round, retrieval, executions } of found.rounds) {
    yield '';
    yield `round ${round}`;
    for (const { workflowId, runId } of executions) yield `  Temporal workflow ${workflowId} run ${runId}`;
    if (retrieval === null) continue;
    for (const anchor of retrieval.anchors) {
      const how = anchor.sibling === null ? 'carries the code' : `carries ${anchor.sibling.code}, its ${anchor.rung}`;
      yield `  anchor ${anchor.noteId}  ${how}${anchor.score === null ? '' : `, cosine ${anchor.score.toFixed(2)}`}`;
    }
  }
  for (const note of notes) {
    yield '';
    yield `${note.id}  ${note.state}${note.reason === null ? '' : ` (${note.detail ?? note.reason})`}`;
    if (note.codeSet !== null) {
      const { codes, anchor, strategy, rung, dropped } = note.codeSet;
      yield `  ${strategy}${rung === null ? '' : ` (${rung})`} of ${anchor}: ${codes.map((entry) => entry.code).join(', ')}`;
      if (dropped.length > 0)
        yield `  left out: ${dropped.map((entry) => `${entry.code.code} (${entry.reason})`).join(', ')}`;
    }
    for (const attempt of note.history) yield* attemptLines(attempt);
  }
}

function* attemptLines(attempt: AttemptEntry): Generator<string> {
  yield `  attempt ${attempt.attempt} of round ${attempt.round}`;
  for (const call of attempt.calls) {
    const took = call.closedAt === null ? '' : ` in ${((call.closedAt - call.openedAt) / 1000).toFixed(2)} s`;
    const failure =
      call.failure === null
        ? ''
        : ` ${call.failure.type}${call.failure.status === null ? '' : ` (HTTP ${call.failure.status})`}`;
    yield `    ${new Date(call.openedAt).toISOString()}  call to ${call.host} ${call.model}: ${call.state}${failure}${took}, ${call.inputTokens ?? 0} + ${call.outputTokens ?? 0} tokens, cost ${cost(call.cost ?? 0)}`;
    yield `      prompt ${call.promptHash.slice(0, 16)} (template ${call.promptVersion})${call.leftOut.length === 0 ? '' : `, left out: ${call.leftOut.join(', ')}`}`;
  }
  for (const span of attempt.spans) {
    yield `    ${new Date(span.startedAt).toISOString()}  ${span.step.padEnd(9)} ${span.endedAt - span.startedAt} ms  run ${span.runId} activity ${span.activityId}${span.tries > 1 ? `, try ${span.tries}` : ''}`;
  }
  if (attempt.verdict === null) return;
  yield `    verdict: ${attempt.verdict.accepted ? 'accepted' : 'rejected'}, ${attempt.verdict.evidence.length} evidence spans`;
  for (const check of attempt.verdict.checks) {
    for (const rejection of check.rejections)
      yield `      ${check.name} (${check.action}): ${describeRejection(rejection)}`;
  }
}
