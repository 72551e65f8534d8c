// Installs the repository's packages exactly as locked, and only when the lockfile has changed since.

import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { environmentOf } from './child.mjs';
import { PLATFORM } from './layout.mjs';
import { npmComplaint, runNpm } from './node24.mjs';
import { SetupError, timed } from './talk.mjs';

const STAMP = '.zebra-lock';

export function packagesAreCurrent(root) {
  try {
    return readFileSync(stampFile(root), 'utf8') === stampOf(root) && existsSync(commandLink(root));
  } catch {
    return false;
  }
}

/** `npm ci` under the given Node, then a link for `npx zebra`, then the stamp. */
export async function ensurePackages(root, { node, npm }, log) {
  if (packagesAreCurrent(root)) return;
  // The packages' own downloads are not wanted: the CPU library of onnxruntime and the build of llama.cpp are in the packages.
  const env = { ...environmentOf(node, root), ONNXRUNTIME_NODE_INSTALL: 'skip', NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true' };
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional'];
  const done = await timed('npm packages', log, () => runNpm(node, npm, args, { cwd: root, env }));
  if (done.code !== 0)
    throw new SetupError(`npm ci failed (${npmComplaint(done)}); check npm's settings and run again`);
  linkCommand(root);
  writeFileSync(stampFile(root), stampOf(root));
}

const stampFile = (root) => path.join(root, 'node_modules', STAMP);

function stampOf(root) {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  return createHash('sha256').update(lock).update(PLATFORM).digest('hex');
}

function commandLink(root) {
  return path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'zebra.cmd' : 'zebra');
}

function linkCommand(root) {
  const link = commandLink(root);
  rmSync(link, { force: true });
  if (process.platform === 'win32') {
    writeFileSync(link, '@node "%~dp0\\..\\..\\bin\\zebra.mjs" %*\r\n');
    return;
  }
  const launcher = path.join(root, 'bin', 'zebra.mjs');
  chmodSync(launcher, 0o755);
  symlinkSync(path.relative(path.dirname(link), launcher), link);
}
