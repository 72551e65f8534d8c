// Where wheels come from: a folder of files already downloaded, or pip, which knows the site's mirror, proxy and certificates.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { capture } from './child.mjs';
import { findPip } from './python.mjs';
import { SetupError } from './talk.mjs';

/** A source that takes wheels from a folder, where they stay. */
export function fromFolder(folder) {
  return (part, file) => {
    const wheel = path.resolve(folder, file.file);
    if (existsSync(wheel)) return wheel;
    throw new SetupError(
      `${part.name}: ZEBRA_WHEELS=${folder} holds no ${file.file}; put it there, or unset ZEBRA_WHEELS`,
    );
  };
}

/** A source that lets pip fetch the one file whose hash is pinned. */
export function fromMirror(python, scratch) {
  let pip = null;
  return async (part, file, into) => {
    pip ??= await findPip(python, scratch);
    mkdirSync(into, { recursive: true });
    const requirements = path.join(into, 'requirements.txt');
    writeFileSync(requirements, `${part.name}==${part.version} --hash=sha256:${file.sha256}\n`);
    const options = [
      '--no-deps',
      '--require-hashes',
      '--only-binary',
      ':all:',
      '--no-cache-dir',
      '--quiet',
      '--no-input',
    ];
    const args = ['-m', 'pip', 'download', ...options, '--disable-pip-version-check', '-r', requirements, '-d', into];
    // Nothing is installed, so a user's wish to install only into virtual environments does not apply.
    const done = await capture(pip, args, { env: { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' } });
    const wheel = path.join(into, file.file);
    if (done.code === 0 && existsSync(wheel)) return wheel;
    throw new SetupError(`${part.name} ${part.version}: ${whyNot(done.stderr)}`);
  };
}

function whyNot(stderr) {
  if (/DO NOT MATCH THE HASHES|Hashes are required/i.test(stderr)) {
    return 'the package mirror offers another file than the pinned one (sha256 differs); ask its keeper, or set ZEBRA_WHEELS';
  }
  const errors = stderr.split('\n').filter((line) => line.startsWith('ERROR:'));
  const said = (errors.at(-1) ?? 'pip said nothing').replace(/\b[a-z]+:\/\/\S+/gi, '<address>');
  return `pip could not fetch it (${said}); check pip's settings, or set ZEBRA_WHEELS to a folder of wheels`;
}
