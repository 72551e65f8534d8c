// Preloaded into the program that the launcher starts: when the launcher is killed, even with kill -9, the program is asked to stop.

import { isMainThread } from 'node:worker_threads';

const POLL_MS = 500;

// Threads and children of the program inherit this preload; only the program itself has the launcher as its parent.
if (isMainThread && process.env.ZEBRA_LAUNCHER_PID === String(process.ppid)) {
  const launcher = process.ppid;
  delete process.env.ZEBRA_LAUNCHER_PID;
  const watch = setInterval(() => {
    if (launcherLives(launcher)) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MS);
  watch.unref();
}

function launcherLives(launcher) {
  if (process.platform !== 'win32') return process.ppid === launcher;
  try {
    return process.kill(launcher, 0);
  } catch {
    return false;
  }
}
