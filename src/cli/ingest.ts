import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CorpusWriter } from '../activities/ports.ts';
import { openEmbedder, openIndex } from '../from-config.ts';
import { type Ledger, openLedger } from '../adapters/ledger.ts';
import { loadTerminology } from '../adapters/terminology.ts';
import type { Config } from '../config.ts';
import { ingest, type IngestReport } from '../corpora/ingest.ts';
import type { Progress } from '../corpora/progress.ts';
import { DependencyFailure } from '../domain/failure.ts';
import { locateParts, type Parts } from '../embedded/parts.ts';
import { startQdrant } from '../embedded/qdrant.ts';
import type { Connections } from '../embedded/stack.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';
import { readRunRecord, takeFolder } from './lock.ts';
import { bar, count, duration } from './report.ts';

export interface IngestParts {
  readonly ledger: Pick<Ledger, 'ledgerId'> & CorpusWriter;
  readonly parts: Parts;
  readonly qdrant: Connections['qdrant'];
}

/** Lines of progress that are no live view come this often. */
const PLAIN_LINE_EVERY_MS = 5_000;
const LISTED = 8;

/**
 * Brings the corpus of zebra.yaml into ledger and index, with progress on stderr, and says what was found.
 *
 * @returns null when it was interrupted: what was stored is kept
 * @throws ConfigError listing the bad lines of the corpus
 */
export async function ingestCorpus(
  context: CliContext,
  { ledger, parts, qdrant }: IngestParts,
  { skipBad }: { readonly skipBad: boolean },
): Promise<IngestReport | null> {
  const { config } = context;
  const embedder = await openEmbedder(config, parts);
  try {
    const report = await ingest({
      corpus: config.corpus,
      codeSystem: config.codeSystem,
      terminologyOf: (system, type) => loadTerminology(parts.tablesDir, system, type),
      ledger,
      index: openIndex(config, qdrant, { ledgerId: ledger.ledgerId, model: embedder.model }),
      embedder,
      skipBad,
      onProgress: progressView(context),
      signal: context.signal,
    });
    context.live([]);
    for (const line of reportLines(report, config)) context.talk(line);
    return report;
  } catch (error) {
    if (context.signal.aborted) return null;
    throw error;
  } finally {
    if ('close' in embedder && typeof embedder.close === 'function') await embedder.close();
  }
}

/** `zebra ingest`: by itself it starts the index only; beside a `zebra run` it uses that one's. */
export async function ingestCommand(context: CliContext, options: Record<string, unknown>): Promise<number> {
  const { config } = context;
  const parts = locateParts(config.cacheDir);
  const { qdrant, stop } = await reachIndex(config, parts);
  try {
    const ledger = await openLedger({ path: config.ledgerPath });
    try {
      const report = await ingestCorpus(context, { ledger, parts, qdrant }, { skipBad: options['skipBad'] === true });
      if (report === null) {
        context.talk('interrupted; the same command goes on where it was');
        return EXIT.interrupted;
      }
      if (context.json) context.out(JSON.stringify({ schemaVersion: 1, ...report }));
      return EXIT.done;
    } finally {
      await ledger.close();
    }
  } finally {
    await stop();
  }
}

async function reachIndex(
  config: Config,
  parts: Parts,
): Promise<{ qdrant: Connections['qdrant']; stop: () => Promise<void> }> {
  if (config.qdrant.url !== null) {
    const qdrant = { url: config.qdrant.url, apiKey: config.secrets.qdrant?.reveal() ?? null };
    return { qdrant, stop: async () => undefined };
  }
  const lock = takeFolder(config.stateDir);
  if (lock === null) {
    const record = readRunRecord(config.stateDir);
    if (record !== null) return { qdrant: record.connections.qdrant, stop: async () => undefined };
    throw new DependencyFailure(
      'index-unavailable',
      {},
      'another zebra has this folder and is just starting; try again in a moment',
    );
  }
  const logs = join(config.stateDir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const apiKey = randomBytes(24).toString('base64url');
  try {
    const running = await startQdrant({
      python: parts.python,
      pythonPath: parts.qdrantPythonPath,
      dataDir: join(config.stateDir, 'qdrant'),
      port: 0,
      apiKey,
      logFile: join(logs, 'qdrant.log'),
    });
    const stop = async (): Promise<void> => {
      await running.stop();
      lock.release();
    };
    return { qdrant: { url: running.url, apiKey }, stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function progressView(context: CliContext): (progress: Progress) => void {
  let toldAt = Date.now();
  return (progress) => {
    const line = progressLine(progress);
    if (context.isTerminal) return context.live([line]);
    if (Date.now() - toldAt < PLAIN_LINE_EVERY_MS) return undefined;
    toldAt = Date.now();
    return context.talk(line);
  };
}

const PHASES: Record<Progress['phase'], string> = { read: 'reading', store: 'storing', embed: 'embedding' };

function progressLine({ phase, unit, done, total, rate, etaMs }: Progress): string {
  const amount = (value: number): string => (unit === 'bytes' ? `${(value / 1e6).toFixed(1)} MB` : count(value));
  const eta = etaMs === null || done === total ? '' : `  ETA ${duration(etaMs)}`;
  const pace = unit === 'bytes' ? `${amount(rate)}/s` : `${rate.toFixed(rate < 10 ? 1 : 0)} notes/s`;
  return `${PHASES[phase].padEnd(9)} ${bar(total === 0 ? 1 : done / total, 30)} ${amount(done)}/${amount(total)}  ${pace}${eta}`;
}

function reportLines(report: IngestReport, config: Config): string[] {
  const { notes, milliseconds } = report;
  const took = duration(milliseconds.read + milliseconds.store + milliseconds.embed);
  const held =
    notes.validation + notes.test > 0
      ? ` (${count(notes.validation)} validation, ${count(notes.test)} test: kept out of the index)`
      : '';
  const lines = [
    `corpus ${report.corpus}: ${count(notes.train)} training notes, ${count(report.codes)} codes${held}`,
    `  ${count(report.added)} new, ${count(report.changed)} changed, ${count(report.same)} as before; ${count(report.embedded)} embedded; ${took}`,
  ];
  if (report.unknownCodes.length > 0) {
    const named = report.unknownCodes
      .slice(0, LISTED)
      .map(({ code, count: notesWith }) => `${code.code} (${notesWith})`);
    const rest = report.unknownCodes.length > LISTED ? `, and ${count(report.unknownCodes.length - LISTED)} more` : '';
    lines.push(
      `  ${count(report.unknownCodes.length)} ${report.unknownCodes.length === 1 ? 'code is in no table and stays a label' : 'codes are in no table and stay as labels'}: ${named.join(', ')}${rest}`,
    );
  }
  if (report.kept > 0) lines.push(`  ${count(report.kept)} notes of an earlier version of the file are kept`);
  if (report.removedFromIndex > 0)
    lines.push(`  ${count(report.removedFromIndex)} notes left the training split and the index`);
  if (report.subjectsInSeveralSplits > 0) {
    lines.push(`  warning: ${count(report.subjectsInSeveralSplits)} subjects have notes in more than one split`);
  }
  for (const { line, problem } of report.skipped) lines.push(`  left out: ${config.corpus.path}:${line}: ${problem}`);
  return lines;
}
