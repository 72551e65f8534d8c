/** Runs `work` while holding the lock file, waiting for another holder first. */
export function withLock<T>(file: string, log: (line: string) => void, work: () => T | Promise<T>): Promise<T>;
