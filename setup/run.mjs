// The entry of the npm scripts, for any Node >= 20: sets up what is missing, then runs the task under Node 24.

import { readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { bootstrap } from './bootstrap.mjs';
import { environmentOf, standIn } from './child.mjs';
import { defaultCacheDir } from './layout.mjs';
import { SetupError, say } from './talk.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXIT_USAGE = 2;
const EXIT_DEPENDENCY = 3;

/** Each task's programs in the order they run. */
const TASKS = {
  setup: () => [],
  demo: (args) => [['src/cli/main.ts', 'run', '-c', 'examples/pilot/zebra.yaml', ...args]],
  typecheck: (args) => [[commandOf('typescript', 'tsc'), '--noEmit', '-p', '.', ...args]],
  lint: (args) => [[commandOf('oxlint'), ...args]],
  test: (args) => (args.length > 0 ? [vitest(args)] : [...TASKS.typecheck([]), ...TASKS.lint([]), vitest(reporters())]),
  bench: ([name, ...args]) => [[benchFile(name), ...args]],
};

const vitest = (args) => [commandOf('vitest'), 'run', ...args];

/** `ZEBRA_TEST_REPORT=<file>` asks for the results as JSON beside what is printed. */
function reporters() {
  const report = process.env.ZEBRA_TEST_REPORT;
  return report ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : [];
}

function commandOf(packageName, command = packageName) {
  const folder = path.join(ROOT, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[command]);
}

function benchFile(name) {
  const names = readdirSync(path.join(ROOT, 'bench')).flatMap((file) =>
    file.endsWith('.ts') ? [file.slice(0, -3)] : [],
  );
  if (names.includes(name)) return path.join(ROOT, 'bench', `${name}.ts`);
  throw new SetupError(`no bench is called ${name}; there are: ${names.join(', ')}`);
}

async function main([task, ...args]) {
  if (!Object.hasOwn(TASKS, task ?? '')) {
    say(`no task is called ${task}; there are: ${Object.keys(TASKS).join(', ')}`);
    return EXIT_USAGE;
  }
  const cacheDir = defaultCacheDir(process.env, process.platform, homedir());
  const { node } = await bootstrap({ root: ROOT, cacheDir, task, log: say });
  if (task === 'setup') say('everything is set up; next: npm run demo');
  return runAll(node, TASKS[task](args));
}

/** Runs every program, though one before it failed: a type error must not hide a failed test. Only a signal ends the row. */
async function runAll(node, programs) {
  const env = environmentOf(node, ROOT);
  let firstFailure = 0;
  for (const program of programs) {
    const code = await standIn(node, program, { cwd: ROOT, env });
    if (code > 128) return code;
    if (code !== 0 && programs.length > 1) say(`${path.basename(program[0])} failed`);
    firstFailure ||= code;
  }
  return firstFailure;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = EXIT_DEPENDENCY;
}
