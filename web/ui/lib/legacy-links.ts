// Links of Prometheus (`/graph?g0.expr=…`, `/query?…`) and of vmui (`/#/?g0.expr=…`), which dashboards and alert
// mails carry, turned into an address of the Explore page with the same meaning.
import { type ExploreQuery, exploreLink, queriesMax } from './explore-state.ts';
import { parseDuration } from './range.ts';

/** The relative address that a foreign or bare one stands for; null when it is one of ours already. */
export function legacyTarget(address: URL): string | null {
  const page = address.pathname.split('/').pop();
  const mark = address.hash.indexOf('?');
  const params = mark >= 0 ? new URLSearchParams(address.hash.slice(mark)) : address.searchParams;
  if (params.has('g0.expr')) return fromPanels(params);
  if (page === '' || page === 'graph' || page === 'query') return `./explore${address.search}`;
  return null;
}

function fromPanels(params: URLSearchParams): string {
  const queries: ExploreQuery[] = [];
  for (let i = 0; i < queriesMax; i++) {
    const expr = params.get(`g${i}.expr`);
    if (expr === null) break;
    queries.push({ expr, off: false, legend: '' });
  }
  const tab = params.get('g0.tab');
  const end = params.get('g0.end_input') ?? params.get('g0.moment_input') ?? '';
  return exploreLink({
    queries,
    seconds: parseDuration(params.get('g0.range_input')) ?? 3600,
    end: readUtc(end),
    view: tab === '1' || tab === 'table' ? 'table' : 'graph',
    stacked: params.get('g0.stacked') === '1' || params.get('g0.display_mode') === 'stacked',
  });
}

/** Prometheus writes `2026-11-20 17:00:00` and means UTC; Unix seconds, null when it is no time. */
function readUtc(text: string): number | null {
  const iso = text.trim().replace(' ', 'T');
  const ms = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(ms) ? null : ms / 1000;
}
