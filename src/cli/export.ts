import { createHash, createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Ledger, openLedger } from '../adapters/ledger.ts';
import type { AcceptedNote } from '../datasets/accepted-note.ts';
import { camlRows } from '../datasets/caml.ts';
import { jsonlRows } from '../datasets/jsonl.ts';
import { manifestOf } from '../datasets/manifest.ts';
import { writeWholeFile } from '../datasets/whole-file.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';
import { count } from './report.ts';
import { requireCampaign } from './status.ts';

export interface ExportOptions {
  readonly format: 'jsonl' | 'caml';
  readonly folder: string;
  /** Name anchors by their ids in the corpus instead of keyed pseudonyms. */
  readonly sourceIds: boolean;
}

export interface Exported {
  readonly notes: number;
  /** Absolute paths. */
  readonly file: string;
  readonly manifest: string;
}

/** `zebra export`. */
export async function exportCommand(context: CliContext, options: Record<string, unknown>): Promise<number> {
  const { config } = context;
  const ledger = await openLedger({ path: config.ledgerPath });
  try {
    await requireCampaign(ledger, config.campaign);
    const folder = typeof options['out'] === 'string' ? resolve(options['out']) : config.output;
    const format = options['format'] === 'caml' ? 'caml' : 'jsonl';
    const exported = await exportCampaign(context, ledger, {
      format,
      folder,
      sourceIds: options['sourceIds'] === true,
    });
    if (context.json) context.out(JSON.stringify(exported));
    else context.out(`${count(exported.notes)} notes in ${exported.file}`);
    return EXIT.done;
  } finally {
    await ledger.close();
  }
}

/** Writes the accepted notes and their manifest; each file appears whole. */
export async function exportCampaign(context: CliContext, ledger: Ledger, options: ExportOptions): Promise<Exported> {
  const { campaign, stateDir } = context.config;
  const { format, folder, sourceIds } = options;
  const revision = await ledger.revision(campaign);
  const name = format === 'caml' ? 'train_full.csv' : 'notes.jsonl';
  const file = join(folder, name);
  const notes = ledger.acceptedNotes(campaign);
  const nameOf = sourceIds ? (id: string) => id : pseudonyms(stateDir);
  const labels = new Set<string>();
  const rows =
    format === 'caml'
      ? camlRows(collecting(notes, labels))
      : jsonlRows(notes, { campaign, writer: revision.writer.kind, nameOf });
  const written = await writeWholeFile(file, rows);
  if (format === 'caml')
    await writeWholeFile(
      join(folder, 'ALL_CODES.txt'),
      [...labels].sort().map((label) => `${label}\n`),
    );
  const manifest = manifestOf({
    format,
    file: name,
    written,
    revision,
    revisionHash: createHash('sha256').update(JSON.stringify(revision)).digest('hex'),
    status: await ledger.status(campaign),
    rejections: (await ledger.rejectionCounts(campaign)).map(({ check, reason, notes: ended }) => ({
      check,
      reason,
      notes: ended,
    })),
    unplanned: await ledger.unplanned(campaign),
    sourceIds,
    createdAt: Date.now(),
  });
  const manifestFile = join(folder, format === 'caml' ? 'train_full.manifest.json' : 'manifest.json');
  await writeWholeFile(manifestFile, [`${JSON.stringify(manifest, null, 2)}\n`]);
  return { notes: format === 'caml' ? written.rows - 1 : written.rows, file, manifest: manifestFile };
}

/** PLM-ICD stops at a label that is not in its ALL_CODES.txt, so the labels go beside the notes. */
async function* collecting(notes: AsyncIterable<AcceptedNote>, labels: Set<string>): AsyncGenerator<AcceptedNote> {
  for await (const note of notes) {
    for (const { code } of note.codeSet.codes) labels.add(code);
    yield note;
  }
}

/** Names of source notes that only this folder can turn back: HMAC-SHA256 under a key that stays in `.zebra/`. */
function pseudonyms(stateDir: string): (sourceId: string) => string {
  const path = join(stateDir, 'pseudonym-key');
  if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600, flag: 'wx' });
  const key = readFileSync(path);
  return (sourceId) => `src-${createHmac('sha256', key).update(sourceId).digest('hex').slice(0, 16)}`;
}
