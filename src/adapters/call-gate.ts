/** Limits of one endpoint; null means none. */
export interface CallLimits {
  /** Calls in flight at once. */
  readonly concurrency: number;
  readonly requestsPerMinute: number | null;
  /** Prompt and reply together. */
  readonly tokensPerMinute: number | null;
}

/** A call's turn. */
export interface Turn {
  /** Gives the slot back. With the tokens really used, what was reserved beyond them is given back to the rate too. */
  release(usedTokens?: number): void;
}

export interface CallGate {
  /** Waits for a free slot and for the rates, first come first served. Rejects with the signal's reason when it aborts. */
  acquire(reservedTokens: number, signal: AbortSignal): Promise<Turn>;
}

interface Waiting {
  readonly tokens: number;
  readonly enter: (turn: Turn) => void;
}

/** Keeps concurrency by slots and the rates by token buckets that hold one second's worth. */
export function createCallGate(limits: CallLimits): CallGate {
  const queue: Waiting[] = [];
  const requests = limits.requestsPerMinute === null ? null : createBucket(limits.requestsPerMinute);
  const tokens = limits.tokensPerMinute === null ? null : createBucket(limits.tokensPerMinute);
  let running = 0;
  let timer: NodeJS.Timeout | null = null;

  function pump(): void {
    for (let next = queue[0]; next !== undefined && running < limits.concurrency; next = queue[0]) {
      const wait = Math.max(requests?.waitFor(1) ?? 0, tokens?.waitFor(next.tokens) ?? 0);
      if (wait > 0) {
        timer ??= setTimeout(() => {
          timer = null;
          pump();
        }, wait);
        return;
      }
      queue.shift();
      requests?.take(1);
      tokens?.take(next.tokens);
      running += 1;
      next.enter(turnOf(next.tokens));
    }
  }

  function turnOf(reserved: number): Turn {
    let held = true;
    return {
      release: (used) => {
        if (!held) return;
        held = false;
        running -= 1;
        if (used !== undefined) tokens?.take(used - reserved);
        pump();
      },
    };
  }

  return {
    acquire: (reservedTokens, signal) =>
      new Promise<Turn>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const waiting: Waiting = {
          tokens: reservedTokens,
          enter: (turn) => {
            signal.removeEventListener('abort', leave);
            resolve(turn);
          },
        };
        const leave = (): void => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(signal.reason as Error);
          pump();
        };
        signal.addEventListener('abort', leave, { once: true });
        queue.push(waiting);
        pump();
      }),
  };
}

interface Bucket {
  /** Milliseconds until `amount` may be taken; an amount beyond the capacity needs a full bucket. */
  waitFor(amount: number): number;
  /** Takes (or, below zero, gives back). The level may go below zero: later calls then wait longer. */
  take(amount: number): void;
}

function createBucket(perMinute: number): Bucket {
  const capacity = Math.max(1, perMinute / 60);
  const perMs = perMinute / 60_000;
  let level = capacity;
  let filledAt = performance.now();

  function fill(): void {
    const now = performance.now();
    level = Math.min(capacity, level + (now - filledAt) * perMs);
    filledAt = now;
  }

  return {
    waitFor: (amount) => {
      fill();
      const missing = Math.min(amount, capacity) - level;
      return missing <= 0 ? 0 : Math.ceil(missing / perMs);
    },
    take: (amount) => {
      fill();
      level -= amount;
    },
  };
}
