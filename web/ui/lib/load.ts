// Loading what a page shows: one request at a time, cancelled when the question changes, repeated while the tab is
// visible. The old picture stays until the new one is there.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, bootTime } from './api.ts';
import { createStore } from './store.ts';

export interface Loaded<T> {
  readonly data: T | null;
  /** The key that `data` answers. */
  readonly dataKey: string | null;
  /** Why the last load failed; null after a good one. */
  readonly error: ApiError | null;
  /** Unix milliseconds since when a load is under way; null when none is. */
  readonly busySince: number | null;
  /** Unix milliseconds of the last good answer. */
  readonly updatedAt: number | null;
  /** Loads that failed in a row. */
  readonly failures: number;
  readonly reload: () => void;
  readonly cancel: () => void;
}

/** What the header shows of the page's load: when the data came, and whether more is on the way. */
export const activity = createStore<{ busy: boolean; updatedAt: number | null }>({
  busy: false,
  updatedAt: null,
});

/** Raised by the header's button and the key `r`: every load on the page runs again. */
export const reloadRequests = createStore(0);

const settled = { error: null, busySince: null, updatedAt: null, failures: 0 };

/**
 * Loads when `key` changes (null loads nothing), then again `refreshSeconds` after each answer; 0 does not repeat.
 * `load` gets whole Unix seconds as its "now".
 */
export function useLoad<T>(
  key: string | null,
  load: (now: number, signal: AbortSignal) => Promise<T>,
  refreshSeconds: number,
): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload' | 'cancel'>>({
    data: null,
    dataKey: null,
    ...settled,
  });
  const latest = useRef(load);
  latest.current = load;
  const running = useRef<AbortController | null>(null);

  const run = useRef(async (forKey: string) => {
    running.current?.abort();
    const own = new AbortController();
    running.current = own;
    setState((old) => ({ ...old, busySince: Date.now() }));
    try {
      const data = await latest.current(bootTime() ?? Math.floor(Date.now() / 1000), own.signal);
      if (running.current !== own) return;
      setState({ ...settled, data, dataKey: forKey, updatedAt: Date.now() });
    } catch (error) {
      if (running.current !== own) return;
      const known = error instanceof ApiError ? error : new ApiError('internal', 0, String(error));
      setState((old) => ({ ...old, error: known, busySince: null, failures: old.failures + 1 }));
    }
    running.current = null;
  });

  useEffect(() => {
    if (key !== null) void run.current(key);
    return () => {
      running.current?.abort();
      running.current = null;
    };
  }, [key]);

  useEffect(
    () =>
      reloadRequests.watch(() => {
        if (key !== null && !running.current) void run.current(key);
      }),
    [key],
  );

  const idle = state.busySince === null;
  useRepeat(idle && key !== null ? refreshSeconds : 0, () => {
    if (key !== null && !running.current) void run.current(key);
  });
  useEffect(() => activity.set({ busy: !idle, updatedAt: state.updatedAt }), [idle, state.updatedAt]);

  return {
    ...state,
    reload: () => {
      if (key !== null) void run.current(key);
    },
    cancel: () => running.current?.abort(),
  };
}

/** Calls `again` once, `seconds` after they were set (0: never), but not while the tab is hidden: then when it is seen. */
function useRepeat(seconds: number, again: () => void): void {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (seconds <= 0) return;
    const due = Date.now() + seconds * 1000;
    const check = () => {
      if (!document.hidden && Date.now() >= due - 5) latest.current();
    };
    const timer = setTimeout(check, seconds * 1000);
    document.addEventListener('visibilitychange', check);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', check);
    };
  }, [seconds]);
}
