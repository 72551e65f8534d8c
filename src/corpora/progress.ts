/** How far a phase of ingest is. */
export interface Progress {
  readonly phase: 'read' | 'store' | 'embed';
  readonly unit: 'bytes' | 'notes';
  readonly done: number;
  readonly total: number;
  /** Units a second since the phase began. */
  readonly rate: number;
  /** Milliseconds to the end of the phase at that rate; null where nothing tells. */
  readonly etaMs: number | null;
}

const TELL_EVERY_MS = 250;

/** Turns counts into progress, not more often than people can read; `finish` always tells. */
export function createPace(
  phase: Progress['phase'],
  unit: Progress['unit'],
  onProgress: ((progress: Progress) => void) | undefined,
) {
  const startedAt = Date.now();
  let toldAt = startedAt;

  function report(done: number, total: number): void {
    toldAt = Date.now();
    const seconds = (toldAt - startedAt) / 1000;
    const rate = seconds > 0 ? done / seconds : 0;
    onProgress?.({ phase, unit, done, total, rate, etaMs: rate > 0 ? ((total - done) / rate) * 1000 : null });
  }

  return {
    tell(done: number, total: number): void {
      if (Date.now() - toldAt >= TELL_EVERY_MS) report(done, total);
    },
    finish: (total: number): void => report(total, total),
  };
}
