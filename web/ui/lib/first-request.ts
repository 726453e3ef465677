// The request that a page will make first, told from its address alone. The inline script sends it while the bundle
// is still on its way; lib/api.ts then takes the answer over if the page asks for exactly the same address.
import { gridOf, parseDuration } from './range.ts';

/** What the inline script leaves for the bundle. */
export interface Boot {
  /** Unix seconds at which the page was opened; the first load takes it as "now". */
  readonly now: number;
  /** The request that was sent; empty for none. */
  readonly url: string;
  readonly abort: AbortController;
  /** Null when the server was not reached: a rejection would count as unhandled until the bundle is there. */
  readonly answer: Promise<Response | null>;
}

/** The query shown when the address names none. */
export const defaultQuery = 'up';
export const defaultRange = 3600;

/** Address of an instant or range query, its parameters in the order that both sides use. */
export function queryUrl(path: string, params: Record<string, string | number>): string {
  return `api/v1/${path}?${new URLSearchParams(params as Record<string, string>)}`;
}

/** The first request of the page at `address`, relative to it; empty for pages that begin otherwise. */
export function firstRequest(address: URL, now: number): string {
  const get = (name: string) => address.searchParams.get(name);
  if (/targets$/.test(address.pathname)) return 'api/v1/targets?state=active';
  if (!/\/(explore)?$/.test(address.pathname) || get('view')) return '';
  const seconds = parseDuration(get('range')) ?? defaultRange;
  // What is no time gives NaN, which counts as none.
  const end = Date.parse(get('end') ?? '') / 1000 || null;
  return queryUrl('query_range', { query: get('q') || defaultQuery, ...gridOf({ seconds, end }, now) });
}
