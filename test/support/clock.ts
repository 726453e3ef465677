// Time that stands still until a test moves it.

export interface ManualClock {
  now(): number;
  monotonic(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Moves time on, running what falls due on the way, in order, and what promises then do. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock, as an administrator or NTP does: timers go by the other one. */
  step(ms: number): void;
  /** Makes every timer fire so much later (or earlier, below 0) than asked. */
  lateness(ms: number): void;
  readonly pending: number;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export function createManualClock(startMs: number): ManualClock {
  let elapsed = 0;
  let wall = startMs;
  let late = 0;
  const timers = new Set<Timer>();

  const earliest = (): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    now: () => wall,
    monotonic: () => elapsed,
    setTimeout(callback, delayMs) {
      const timer = { at: elapsed + Math.max(0, delayMs + late), callback };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer) => timers.delete(timer as Timer),
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (let timer = earliest(); timer && timer.at <= end; timer = earliest()) {
        wall += timer.at - elapsed;
        elapsed = timer.at;
        timers.delete(timer);
        timer.callback();
        await settle();
      }
      wall += end - elapsed;
      elapsed = end;
    },
    step(ms) {
      wall += ms;
    },
    lateness(ms) {
      late = ms;
    },
    get pending() {
      return timers.size;
    },
  };
}
