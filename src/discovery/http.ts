// Target groups that a server hands out as JSON.
import type { HttpDiscoveryConfig } from '../config/config.ts';
import { createHttpClient } from '../http/client.ts';
import type { Discovery, DiscoveryLog } from './discovery.ts';
import { parseGroups } from './groups.ts';
import { createRefreshing } from './refresh.ts';

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const JSON_TYPE = /^application\/json(;\s*charset="?utf-8"?)?$/i;

export function createHttpDiscovery(config: HttpDiscoveryConfig, log: DiscoveryLog): Discovery {
  const { url, refreshIntervalMs, http } = config;
  const client = createHttpClient(http);
  const refreshing = createRefreshing({
    name: withoutQuery(url),
    intervalMs: refreshIntervalMs,
    log,
    lookUp: async (signal) => {
      const { status, headers, body } = await client.get(url, {
        headers: {
          accept: 'application/json',
          'x-prometheus-refresh-interval-seconds': String(refreshIntervalMs / 1000),
        },
        timeoutMs: refreshIntervalMs,
        bytesMax: ANSWER_BYTES_MAX,
        signal,
      });
      if (status !== 200) throw new Error(`the server answered with HTTP status ${status}`);
      const type = headers['content-type']?.trim() ?? '';
      if (!JSON_TYPE.test(type))
        throw new Error(`expected Content-Type application/json, found ${JSON.stringify(type)}`);
      return parseGroups(body.toString('utf8'), 'json', { __meta_url: url });
    },
  });
  return {
    start: refreshing.start,
    stop: () => {
      refreshing.stop();
      void client.close();
    },
  };
}

/** A URL for the log: no password, no token. */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
