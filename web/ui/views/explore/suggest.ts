// Queries worth a look, made from the names of the metrics that are there.

export interface Suggestion {
  readonly title: string;
  readonly expr: string;
  /** The metric that it is about. */
  readonly metric: string;
  /** Whether a label that names an endpoint would tell more than the job. */
  readonly endpoints: boolean;
}

interface Pattern {
  readonly name: RegExp;
  readonly not?: RegExp;
  readonly title: string;
  /** `$` stands for the metric's name. */
  readonly expr: string;
  readonly endpoints?: boolean;
}

/** By how much a newcomer learns from them; the first metric that fits a pattern is taken. */
const patterns: readonly Pattern[] = [
  {
    name: /^(?=.*(http|grpc|rpc|api|handler)).*requests?_.*(duration|latency).*_seconds_bucket$/,
    title: 'Request latency, 95th percentile',
    expr: 'histogram_quantile(0.95, sum by (le, job) (rate($[5m])))',
  },
  {
    name: /^(?=.*(http|grpc|rpc|api)).*requests(_received)?_total$/,
    not: /^promhttp_|cache/,
    title: 'Requests per second',
    expr: 'sum by (job) (rate($[5m]))',
    endpoints: true,
  },
  {
    name: /^(?=.*(http|grpc|rpc|api|request)).*(duration|latency).*_seconds_count$/,
    title: 'Requests per second',
    expr: 'sum by (job) (rate($[5m]))',
    endpoints: true,
  },
  {
    name: /^node_cpu_seconds_total$/,
    title: 'Processor use of each host',
    expr: '1 - avg by (instance) (rate($[5m]))',
  },
  {
    name: /^process_resident_memory_bytes$/,
    title: 'Memory of each process',
    expr: '$',
  },
  {
    name: /^process_cpu_seconds_total$/,
    title: 'Processor cores used',
    expr: 'rate($[5m])',
  },
  { name: /^scrape_samples_scraped$/, title: 'Samples of each scrape', expr: '$' },
  { name: /^scrape_duration_seconds$/, title: 'Duration of each scrape', expr: '$' },
  {
    name: /^up$/,
    title: 'Metrics with the most series',
    expr: 'topk(10, count by (__name__) ({__name__!=""}))',
  },
];

/** A matcher that selects the metrics which the patterns look at, to be asked of the server. */
export const suggestMatcher =
  '{__name__=~"up|scrape_samples_scraped|scrape_duration_seconds|process_.*|node_cpu_seconds_total|.*requests.*_total|.*(duration|latency).*_seconds_(bucket|count)"}';

/** Up to `count` suggestions, no title twice. */
export function suggestions(names: readonly string[], count: number): Suggestion[] {
  const found: Suggestion[] = [];
  for (const { name, not, title, expr, endpoints = false } of patterns) {
    const metric = names.find((candidate) => name.test(candidate) && !not?.test(candidate));
    if (metric === undefined || found.some((other) => other.title === title)) continue;
    const filtered = metric === 'node_cpu_seconds_total' ? `${metric}{mode="idle"}` : metric;
    found.push({ title, expr: expr.replace('$', filtered), metric, endpoints });
    if (found.length === count) break;
  }
  return found;
}

/** Labels that name an endpoint, the usual ones first. */
const endpointLabels = ['handler', 'route', 'path', 'endpoint', 'uri', 'http_route', 'grpc_method', 'method'];

/** The suggestion broken down by endpoint, where the metric has a label for it. */
export function byEndpoint(suggestion: Suggestion, labels: readonly string[]): Suggestion {
  const label = endpointLabels.find((name) => labels.includes(name));
  if (!suggestion.endpoints || !label) return suggestion;
  return {
    ...suggestion,
    title: `${suggestion.title}, by ${label}`,
    expr: suggestion.expr.replace('by (job)', `by (${label})`),
  };
}
