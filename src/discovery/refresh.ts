// A discovery that looks its targets up again and again.
import type { TargetGroup } from '../config/config.ts';
import type { Discovery, DiscoveryLog } from './discovery.ts';

export interface RefreshOptions {
  /** Its name in log lines. */
  readonly name: string;
  readonly intervalMs: number;
  /** One lookup; ends early with `signal`. */
  readonly lookUp: (signal: AbortSignal) => Promise<readonly TargetGroup[]>;
  readonly log: DiscoveryLog;
}

/** Looks up at once and then at every interval; a slow lookup delays the next one, never runs beside it. */
export function createRefreshing({ name, intervalMs, lookUp, log }: RefreshOptions): Discovery {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const run = async (onGroups: (groups: readonly TargetGroup[]) => void): Promise<void> => {
    const startMs = performance.now();
    try {
      const groups = await lookUp(stopping.signal);
      if (!stopping.signal.aborted) onGroups(groups);
    } catch (error) {
      if (!stopping.signal.aborted)
        log('error', 'discovery failed; its last targets stay', {
          discovery: name,
          error: (error as Error).message,
        });
    }
    if (stopping.signal.aborted) return;
    const spentMs = performance.now() - startMs;
    timer = setTimeout(() => void run(onGroups), Math.max(0, intervalMs - spentMs));
  };
  return {
    start: (onGroups) => void run(onGroups),
    stop: () => {
      stopping.abort();
      clearTimeout(timer);
    },
  };
}
