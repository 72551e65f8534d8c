import { statSync } from 'node:fs';
import { egressOf, openWriter } from '../from-config.ts';
import { openLedger } from '../adapters/ledger.ts';
import { connectTemporal } from '../adapters/temporal.ts';
import { loadTerminology } from '../adapters/terminology.ts';
import { assertEgress, hostLabel } from '../domain/egress.ts';
import { locateParts, type Parts } from '../embedded/parts.ts';
import { type CliContext, paint } from './context.ts';
import { freeBytes } from './disk.ts';
import { EXIT } from './exit.ts';
import { folderIsTaken } from './lock.ts';

interface Finding {
  readonly what: string;
  readonly verdict: 'good' | 'note' | 'bad';
  readonly says: string;
}

/** Free space below which a long campaign is not to be started, in bytes. */
const enoughSpace = 2 * 1024 ** 3;

/** Looks at the machine, the settings and what they reach. Exit 3 when something that a run needs does not answer. */
export async function doctor(context: CliContext, _options: Record<string, unknown>): Promise<number> {
  const { config } = context;
  const findings: Finding[] = [];
  const examine = async (what: string, look: () => string | Finding | Promise<string | Finding>): Promise<void> => {
    try {
      const seen = await look();
      findings.push(typeof seen === 'string' ? { what, verdict: 'good', says: seen } : seen);
    } catch (error) {
      findings.push({ what, verdict: 'bad', says: error instanceof Error ? error.message : 'failed' });
    }
  };
  let parts: Parts | null = null;

  await examine('node', () => process.version);
  await examine('parts', () => {
    parts = locateParts(config.cacheDir);
    return `set up in ${config.cacheDir}`;
  });
  await examine('settings', () => config.file);
  await examine('corpus', () => {
    const { size } = statSync(config.corpus.path, { throwIfNoEntry: false }) ?? { size: -1 };
    if (size < 0) throw new Error(`${config.corpus.path}: no such file (setting corpus.path)`);
    return `${config.corpus.path}, ${(size / 1e6).toFixed(1)} MB, ${config.corpus.restricted ? 'restricted' : 'not restricted'}`;
  });
  await examine('code tables', () => {
    if (parts === null) throw new Error('not set up yet; run: npm run setup');
    const table = loadTerminology(parts.tablesDir, config.codeSystem, 'dx');
    return table === null ? 'none' : table.release;
  });
  await examine('disk', () => {
    const free = freeBytes(config.folder);
    const says = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
    return free < enoughSpace ? { what: 'disk', verdict: 'note', says: `${says}: little for a long campaign` } : says;
  });
  await examine('ledger', async () => {
    const ledger = await openLedger({ path: config.ledgerPath });
    const { ledgerId } = ledger;
    await ledger.close();
    return `${config.ledgerPath}, id ${ledgerId}${folderIsTaken(config.stateDir) ? ', a zebra run has this folder' : ''}`;
  });
  await examine('writer', async () => {
    if (parts === null) throw new Error('not set up yet; run: npm run setup');
    if (config.writer !== 'endpoint') return `${config.writer}, embedded: a baseline, not for notes to train on`;
    await openWriter(config, parts).probe();
    return `${config.llm.model} at ${hostLabel(config.llm.baseUrl ?? '')} answers`;
  });
  await examine('qdrant', async () => {
    if (config.qdrant.url === null) return 'embedded: started by zebra run, on loopback, with a random key';
    assertEgress(egressOf(config), config.qdrant.url);
    const key = config.secrets.qdrant?.reveal();
    const answer = await fetch(new URL('/collections', config.qdrant.url), {
      headers: key === undefined ? {} : { 'api-key': key },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok)
      throw new Error(`${hostLabel(config.qdrant.url)} answers HTTP ${answer.status} (setting qdrant.url)`);
    return `${hostLabel(config.qdrant.url)} answers`;
  });
  await examine('temporal', async () => {
    if (config.temporal.address === null) {
      const says =
        'embedded: started by zebra run on loopback; it has no login, so anyone with an account on this machine can look at it';
      return { what: 'temporal', verdict: 'note', says };
    }
    const engine = await connectTemporal(
      { address: config.temporal.address, namespace: config.temporal.namespace },
      'doctor',
    );
    await engine.close();
    return `${config.temporal.address} answers`;
  });

  const bad = findings.filter((finding) => finding.verdict === 'bad');
  if (context.json) {
    context.out(JSON.stringify({ ok: bad.length === 0, findings }));
  } else {
    const colours = { good: 'green', note: 'yellow', bad: 'red' } as const;
    for (const { what, verdict, says } of findings) {
      context.out(
        `${paint(colours[verdict], verdict.padEnd(5), process.stdout.isTTY === true)} ${what.padEnd(12)} ${says}`,
      );
    }
  }
  return bad.length === 0 ? EXIT.done : EXIT.dependencyDown;
}
