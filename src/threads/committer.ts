// Group commit: everything appended within a short time becomes one transaction. Whoever promises durability waits for
// `committed()`; whoever does not just calls `requestCommit()`.
import type { Sink } from '../../storage/sink.ts';

export interface Committer {
  /** Sees to it that what was appended is committed soon. */
  requestCommit(): void;
  /** Resolves after the commit of everything appended so far; rejects where that commit failed. */
  committed(): Promise<void>;
  /** Commits now. */
  flush(): void;
  /** Commits that failed since the start. */
  readonly failures: number;
}

/**
 * @param delayMs how long to gather before a commit. A commit costs about 0.1-0.3 ms whatever its size, so ten
 *   milliseconds keep thousands of writers at a hundred commits a second.
 */
export function createCommitter(sink: Sink, delayMs: number, onError: (error: Error) => void): Committer {
  let timer: NodeJS.Timeout | undefined;
  let waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let failures = 0;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const waiters = waiting;
    waiting = [];
    try {
      sink.commit();
    } catch (error) {
      failures++;
      for (const waiter of waiters) waiter.reject(error as Error);
      onError(error as Error);
      return;
    }
    for (const waiter of waiters) waiter.resolve();
  };

  const requestCommit = (): void => {
    timer ??= setTimeout(flush, delayMs);
  };

  return {
    requestCommit,
    committed: () => {
      requestCommit();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    flush,
    get failures() {
      return failures;
    },
  };
}
