// Targets inside this program: a function gives the exposition text, everything behind that is as for any target.
import type { FetchedBody, Fetcher } from './fetch.ts';
import type { Clock } from './loop.ts';
import { ScrapeError } from './series-labels.ts';

/** A fetcher over a function that returns text of format 0.0.4. */
export function createInProcessFetcher(
  exposition: () => string | Promise<string>,
  timeoutMs: number,
  clock: Clock,
): Fetcher {
  let cancel: ((error: Error) => void) | null = null;
  return {
    async fetch(): Promise<FetchedBody> {
      let timer: unknown;
      const deadline = new Promise<never>((_, reject) => {
        cancel = reject;
        timer = clock.setTimeout(
          () => reject(new ScrapeError(`timed out after ${timeoutMs / 1000}s while waiting for the metrics`)),
          timeoutMs,
        );
      });
      try {
        const text = await Promise.race([exposition(), deadline]);
        const length = Buffer.byteLength(text);
        const bytes = Buffer.allocUnsafe(length + 1);
        bytes.write(text);
        return { bytes, length, contentType: 'text/plain; version=0.0.4', release: () => {} };
      } finally {
        clock.clearTimeout(timer);
        cancel = null;
      }
    },
    close: () => cancel?.(new ScrapeError('scrape cancelled')),
  };
}
