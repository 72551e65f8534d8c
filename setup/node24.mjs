// Brings the Node that Zebra runs on, and the npm that installs its packages, as npm packages pinned by setup/node24.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { capture } from './child.mjs';
import { PLATFORM } from './layout.mjs';
import { SetupError, timed } from './talk.mjs';

const PINS = fileURLToPath(new URL('./node24/', import.meta.url));
const OWN_NODE = 'install Node 24 yourself and put it first on PATH';
const NPM_QUIET = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

/** The Node and npm to run with: the running Node where it is a 24, else the pinned ones, brought to the cache when missing. */
export async function ensureNode24(cacheDir, log) {
  const npmHere = npmOfThisNode();
  if (process.versions.node.startsWith('24.') && npmHere) return { node: process.execPath, npm: npmHere };
  const pinned = createHash('sha256')
    .update(readFileSync(path.join(PINS, 'package-lock.json')))
    .digest('hex')
    .slice(0, 12);
  const dir = path.join(cacheDir, 'node', `24-${PLATFORM}-${pinned}`);
  if (!existsSync(dir)) {
    const temporary = path.join(cacheDir, 'tmp', `node-${process.pid}`);
    await timed('Node 24 and npm', log, () => install(temporary, npmHere));
    mkdirSync(path.dirname(dir), { recursive: true });
    renameSync(temporary, dir);
  }
  return locate(dir);
}

/** Runs npm's command-line program under a Node, or whatever `npm` is on PATH when there is no program to name. */
export function runNpm(node, npm, args, options) {
  if (npm) return capture(node, [npm, ...args, ...NPM_QUIET], options);
  return capture('npm', [...args, ...NPM_QUIET], { ...options, shell: process.platform === 'win32' });
}

async function install(dir, npm) {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(path.join(PINS, file), path.join(dir, file));
  const done = await runNpm(process.execPath, npm, ['ci', '--ignore-scripts', '--include=optional'], { cwd: dir });
  if (done.code === null) throw new SetupError(`npm is missing; it comes with Node: install it, or ${OWN_NODE}`);
  if (done.code !== 0)
    throw new SetupError(`npm could not bring Node 24 (${npmComplaint(done)}); check npm's settings, or ${OWN_NODE}`);
  // npm shrugs at an optional package that it cannot unpack, on a full disk for one.
  const { node } = locate(dir);
  if (!node) throw new SetupError(`there is no pinned Node 24 for ${PLATFORM}; ${OWN_NODE}`);
  const tried = await capture(node, ['--version']);
  if (tried.code !== 0)
    throw new SetupError(`the Node 24 that npm brought does not run here; make room on the disk, or ${OWN_NODE}`);
}

function locate(dir) {
  const modules = path.join(dir, 'node_modules');
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = readdirSync(modules)
    .filter((name) => name.startsWith('node-'))
    .map((name) => path.join(modules, name, 'bin', binary))
    .find((file) => existsSync(file));
  return { node, npm: path.join(modules, 'npm', 'bin', 'npm-cli.js') };
}

/** The npm that started us, or that lies beside the running Node. */
function npmOfThisNode() {
  const beside = path.dirname(realpathSync(process.execPath));
  const places = [
    process.env.npm_execpath,
    path.join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  return places.find((place) => place && path.basename(place) === 'npm-cli.js' && existsSync(place)) ?? null;
}

/** Why an npm failed, in its own words, without addresses: they can hold credentials. */
export function npmComplaint({ stdout, stderr }) {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.replace(/^npm (error|ERR!)/, '').trim());
  const telling = lines.find((line) => line.includes('reason:')) ?? lines.find((line) => /^code \w/.test(line));
  return (telling ?? lines.findLast(Boolean) ?? 'it said nothing').replace(/\b[a-z]+:\/\/\S+/gi, '<address>');
}
