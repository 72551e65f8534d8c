#!/usr/bin/env node
// The `zebra` command under whatever Node starts it: hands over to the Node 24 that set-up brought.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { environmentOf, standIn } from '../setup/child.mjs';
import { defaultCacheDir, readManifest } from '../setup/layout.mjs';
import { packagesAreCurrent } from '../setup/packages.mjs';
import { say } from '../setup/talk.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXIT_USAGE = 2;

const manifest = readManifest(defaultCacheDir(process.env, process.platform, homedir()));
const node = process.versions.node.startsWith('24.') ? process.execPath : manifest?.node;

if (!manifest || !existsSync(node) || !packagesAreCurrent(ROOT)) {
  say('not set up yet; run: npm run setup');
  process.exitCode = EXIT_USAGE;
} else {
  const args = [path.join(ROOT, 'src', 'cli', 'main.ts'), ...process.argv.slice(2)];
  process.exitCode = await standIn(node, args, { cwd: process.cwd(), env: environmentOf(node, ROOT) });
}
