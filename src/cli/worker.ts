import { openLedger } from '../adapters/ledger.ts';
import { type Config, ConfigError } from '../config.ts';
import { runWorker } from '../worker.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';

/** A planned campaign is written by the writer that its revision names, on whichever machine. */
async function refuseOtherWriter({ ledgerPath, campaign, writer, llm }: Config): Promise<void> {
  const ledger = await openLedger({ path: ledgerPath });
  try {
    if (!(await ledger.hasCampaign(campaign))) return;
    const planned = (await ledger.revision(campaign)).writer;
    if (planned.kind === writer && (writer !== 'endpoint' || planned.model === llm.model)) return;
    throw new ConfigError(
      `campaign ${campaign} was planned for writer ${planned.kind} (${planned.model}); set writer and llm.model to that`,
    );
  } finally {
    await ledger.close();
  }
}

/** Serves an existing Temporal cluster and Qdrant server until it is told to stop; embedded engines belong to `zebra run`. */
export async function workerCommand(context: CliContext): Promise<number> {
  const { temporal, qdrant, secrets } = context.config;
  if (temporal.address === null || qdrant.url === null) {
    throw new ConfigError(
      'zebra worker needs temporal.address and qdrant.url; with embedded engines, zebra run starts its own worker',
    );
  }
  await refuseOtherWriter(context.config);
  context.talk(`serving ${temporal.address}; Ctrl-C ends it when the steps in flight have ended`);
  await runWorker(
    context.config,
    {
      temporal: { address: temporal.address, namespace: temporal.namespace },
      temporalUi: null,
      qdrant: { url: qdrant.url, apiKey: secrets.qdrant?.reveal() ?? null },
    },
    context.signal,
  );
  return context.signal.aborted ? EXIT.interrupted : EXIT.done;
}
