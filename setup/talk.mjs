// How set-up speaks: one line at a time, on stderr, and one line with the fix when something is missing.

/** A condition that the user can mend; its message is the whole line to show. */
export class SetupError extends Error {}

export function say(line) {
  process.stderr.write(`zebra: ${line}\n`);
}

export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Runs a step, saying that it began, that it goes on (every ten seconds) and how long it took. */
export async function timed(what, log, step) {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  log(`${what} ...`);
  const beat = setInterval(() => log(`${what} ... ${seconds()}`), 10_000);
  try {
    const result = await step();
    log(`${what}: done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(beat);
  }
}
