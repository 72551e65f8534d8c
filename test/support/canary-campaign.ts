import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createCampaignFolder, type CampaignFolder } from './campaign-folder.ts';
import { BAD_LINES, corpusOf, GOOD_LINES } from './canary-corpus.ts';

/** A campaign over the canary corpus, and everything its commands said. */
export interface CanaryCampaign {
  readonly folder: CampaignFolder;
  readonly stateDir: string;
  /** Both streams of every command, by command. */
  readonly said: ReadonlyMap<string, string>;
  readonly exitCodes: ReadonlyMap<string, number | null>;
  /** Runs a command, keeps what it said, and answers its standard output; `meanwhile` is handed its process id. */
  say(command: string, meanwhile?: (pid: number) => Promise<void>): Promise<string>;
  /** The column `it` of a query over the ledger. */
  ledgerRows(sql: string): string[];
}

/** @param settings zebra.yaml, over two notes for each of six codes */
export async function createCanaryCampaign(
  settings: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>>,
): Promise<CanaryCampaign> {
  const size = { allocation: { maxPerCode: 8 }, targets: { tiers: ['few-shot'], limit: 6 } };
  const folder = await createCampaignFolder({ ...size, ...settings }, '');
  writeFileSync(join(folder.path, 'notes.jsonl'), corpusOf([...GOOD_LINES, ...BAD_LINES]));
  const said = new Map<string, string>();
  const exitCodes = new Map<string, number | null>();
  return {
    folder,
    stateDir: join(folder.path, '.zebra'),
    said,
    exitCodes,
    async say(command, meanwhile = async () => undefined) {
      const child = folder.start(command.split(' '), env);
      await meanwhile(child.pid ?? 0);
      const { code, stdout, stderr } = await child.ended;
      said.set(command, `${stdout}\n${stderr}`);
      exitCodes.set(command, code);
      return stdout;
    },
    ledgerRows(sql) {
      const database = new DatabaseSync(folder.ledgerPath, { readOnly: true });
      try {
        return database
          .prepare(sql)
          .all()
          .map(({ it }) => String(it));
      } finally {
        database.close();
      }
    },
  };
}
