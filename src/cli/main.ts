import { Command, CommanderError, Option } from 'commander';
import { endOnUncaughtError } from '../uncaught.ts';
import { type CliContext, openContext, terminal } from './context.ts';
import { endingOf, EXIT } from './exit.ts';

/** Settings that every command may override; anything else is set in zebra.yaml or by ZEBRA_… variables. */
const overrides = [
  ['--campaign <id>', 'campaign'],
  ['--writer <kind>', 'writer'],
  ['--llm-base-url <url>', 'llm.baseUrl'],
  ['--llm-model <name>', 'llm.model'],
  ['--concurrency <n>', 'llm.concurrency'],
  ['--limit <n>', 'targets.limit'],
  ['--output <folder>', 'output'],
] as const;

type Options = Record<string, unknown>;
type Action = (context: CliContext, options: Options, args: string[]) => Promise<number>;

/** The `zebra` command line. Each command's work is loaded when it is called, so that help is quick. */
export function createProgram(): Command {
  const program = new Command('zebra')
    .description(
      'Synthetic clinical notes for rare ICD codes: planned, written, checked and published by durable campaigns.',
    )
    .version('0.1.0')
    .showHelpAfterError('(zebra --help lists the commands)')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'zebra: ')) });

  command(
    'doctor',
    'look at this machine, the settings and what they reach, and say what to mend',
    async (context, options) => (await import('./doctor.ts')).doctor(context, options),
  );
  command('config', 'print the settings in force and where each comes from', async (context) =>
    (await import('./config.ts')).showConfig(context),
  );
  command('ingest', 'read the corpus into the ledger and the index', async (context, options) =>
    (await import('./ingest.ts')).ingestCommand(context, options),
  ).option('--skip-bad', 'keep the good lines and list the bad ones');
  command('plan', 'count codes, allocate notes, freeze the revision', async (context, options) =>
    (await import('./plan.ts')).planCommand(context, options),
  ).option('--dry-run', 'print the plan and write nothing');
  command('run', 'do everything that is missing, from set-up to export, and show it', async (context, options) =>
    (await import('./run.ts')).run(context, options),
  )
    .option('--detach', 'leave it running in the background')
    .option('--skip-bad', 'ingest the good lines of the corpus and list the bad ones');
  command('worker', "serve an existing Temporal cluster with this folder's settings", async (context) =>
    (await import('./worker.ts')).workerCommand(context),
  );
  command('list', 'list the campaigns of this folder', async (context) => (await import('./list.ts')).list(context));
  command('status', 'where the campaign stands', async (context, options) =>
    (await import('./status.ts')).status(context, options),
  ).option('--watch', 'keep looking');
  for (const [name, help] of [
    ['pause', 'start no further call'],
    ['resume', 'go on'],
    ['cancel', 'stop; what was accepted is kept'],
  ] as const) {
    command(name, help, async (context) => (await import('./control.ts')).control(context, name));
  }
  command(
    'replay [code]',
    'write again what was rejected or failed; only what is missing is paid',
    async (context, options, args) => (await import('./replay.ts')).replay(context, options, args[0] ?? null),
  )
    .option('--failed', 'only failed notes')
    .option('--rejected', 'only rejected notes')
    .option('--reason <reason>', 'only notes that ended for this reason')
    .option('--dry-run', 'count and estimate, write nothing');
  command('audit <code>', 'everything that happened to a code', async (context, options, args) =>
    (await import('./audit.ts')).audit(context, options, args[0] ?? ''),
  );
  const notes = program.command('notes').description('look at notes');
  command(
    'list',
    'list notes with their verdicts',
    async (context, options) => (await import('./notes.ts')).listNotes(context, options),
    notes,
  )
    .addOption(new Option('--state <state>').choices(['accepted', 'rejected', 'failed', 'pending']))
    .option('--code <code>', 'only notes of this target code')
    .option('--limit-rows <n>', 'rows to print', '50');
  command(
    'show <id>',
    'one note with its evidence, checks and lineage',
    async (context, options, args) => (await import('./notes.ts')).showNote(context, options, args[0] ?? ''),
    notes,
  ).option('--prompt', 'also print the prompt of its last attempt');
  command('export', 'write the accepted notes as a training set', async (context, options) =>
    (await import('./export.ts')).exportCommand(context, options),
  )
    .addOption(new Option('--format <format>').choices(['jsonl', 'caml']).default('jsonl'))
    .option('--out <folder>', 'where to write (default: output of zebra.yaml)')
    .option('--source-ids', 'name anchors by their ids in the corpus instead of pseudonyms');
  return program;

  function command(usage: string, help: string, act: Action, parent: Command = program): Command {
    const created = parent
      .command(usage)
      .description(help)
      .option('-c, --config <file>', 'zebra.yaml', 'zebra.yaml')
      .option('--json', 'JSON on stdout, nothing else');
    for (const [flags, setting] of overrides) created.option(flags, `overrides ${setting}`);
    created.action(async (...given: unknown[]) => {
      const self = given.at(-1) as Command;
      const options = self.opts<Options>();
      const flags = Object.fromEntries(overrides.map(([flag, setting]) => [setting, options[attributeOf(flag)]]));
      const context = openContext({ file: String(options['config']), flags, json: options['json'] === true });
      process.exitCode = await act(context, options, self.args);
    });
    return created;
  }
}

function attributeOf(flags: string): string {
  return new Option(flags).attributeName();
}

/** Runs one command line; sets `process.exitCode` and never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const { talk } = terminal();
  // A reader that closes early, as head does, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.no),
  );
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
      return;
    }
    const { lines, code } = endingOf(error);
    for (const line of lines) talk(`zebra: ${line}`);
    process.exitCode = code;
  }
}

if (import.meta.main) {
  endOnUncaughtError('zebra');
  await main(process.argv);
}
