// The description of the API at /api/v1/openapi.yaml, made from one line a path.

/** Path below the server, methods, what it does, parameters (`*`: required, `[]`: may be repeated). */
const PATHS: readonly (readonly [path: string, methods: string, summary: string, parameters: string])[] = [
  [
    '/api/v1/query',
    'get post',
    'Evaluate an instant query',
    'query* time timeout limit lookback_delta stats',
  ],
  [
    '/api/v1/query_range',
    'get post',
    'Evaluate a query over a range of time',
    'query* start* end* step* timeout limit lookback_delta stats',
  ],
  ['/api/v1/query_exemplars', 'get post', 'Exemplars of the series of a query', 'query* start end'],
  ['/api/v1/format_query', 'get post', 'Format a query', 'query*'],
  ['/api/v1/parse_query', 'get post', 'Syntax tree of a query', 'query*'],
  ['/api/v1/series', 'get post', 'Label sets of series', 'match[]* start end limit'],
  ['/api/v1/labels', 'get post', 'Label names', 'match[] start end limit'],
  ['/api/v1/label/{name}/values', 'get', 'Values of a label', 'match[] start end limit'],
  ['/api/v1/metadata', 'get', 'Type, help and unit of metrics', 'metric limit limit_per_metric'],
  ['/api/v1/targets', 'get', 'Targets and how their last scrapes went', 'state scrapePool'],
  ['/api/v1/targets/metadata', 'get', 'Metadata of metrics by target', 'match_target metric limit'],
  ['/api/v1/targets/relabel_steps', 'get', 'What relabelling does, rule by rule', 'scrapePool* labels*'],
  ['/api/v1/scrape_pools', 'get', 'Names of the scrape jobs', ''],
  ['/api/v1/scrape_pools/config', 'get', 'Configuration of a scrape job', 'scrapePool*'],
  ['/api/v1/rules', 'get', 'Rules', 'type'],
  ['/api/v1/alerts', 'get', 'Active alerts', ''],
  ['/api/v1/alertmanagers', 'get', 'Alertmanagers', ''],
  ['/api/v1/status/config', 'get', 'The configuration, without secrets', ''],
  ['/api/v1/status/flags', 'get', 'Values of the command-line flags', ''],
  ['/api/v1/status/runtimeinfo', 'get', 'About the running process', ''],
  ['/api/v1/status/buildinfo', 'get', 'About this build', ''],
  ['/api/v1/status/tsdb', 'get', 'Statistics of the stored series', 'limit'],
  ['/api/v1/status/walreplay', 'get', 'Progress of starting', ''],
  ['/api/v1/features', 'get', 'Features by category', ''],
  ['/api/v1/notifications', 'get', 'Notifications to users', ''],
  ['/api/v1/write', 'post', 'Remote write 1.0 and 2.0: snappy-compressed protobuf', ''],
  ['/api/v1/read', 'post', 'Remote read: snappy-compressed protobuf', ''],
  ['/api/v1/import/prometheus', 'post', 'Store samples of an exposition', 'timestamp extra_label[]'],
  ['/api/v1/admin/tsdb/clean_tombstones', 'post put', 'Give free space back', ''],
  ['/api/v1/admin/tsdb/delete_series', 'post put', 'Delete series', 'match[]* start end'],
  ['/api/v1/admin/tsdb/snapshot', 'post put', 'Make a snapshot', 'skip_head'],
  ['/federate', 'get', 'Newest samples as exposition text', 'match[]*'],
  ['/metrics', 'get', 'Metrics of this server', ''],
  ['/metrics/job/{job}', 'put post delete', 'Push a group of metrics, or delete it', 'ttl'],
  ['/-/healthy', 'get', 'Whether the process runs', ''],
  ['/-/ready', 'get', 'Whether queries are answered', ''],
  ['/-/reload', 'post put', 'Read the configuration again', ''],
  ['/-/quit', 'post put', 'End the process', ''],
];

/** OpenAPI 3.1, as YAML. */
export const OPENAPI = `openapi: 3.1.0
info:
  title: Ferula
  description: The HTTP API of Prometheus, as Ferula answers it.
  version: v1
paths:
${PATHS.map(pathText).join('')}`;

function pathText([path, methods, summary, parameters]: (typeof PATHS)[number]): string {
  const placed = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameterText(name, 'path', true, false));
  const asked = parameters
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const name = word.replace('*', '');
      return parameterText(name, 'query', word.endsWith('*'), name.endsWith('[]'));
    });
  const list = [...placed, ...asked];
  const operations = methods.split(' ').map(
    (method) => `    ${method}:
      summary: ${JSON.stringify(summary)}
${list.length > 0 ? `      parameters:\n${list.join('')}` : ''}      responses:
        default: {description: "An answer, or an error in the same envelope"}
`,
  );
  return `  ${JSON.stringify(path)}:\n${operations.join('')}`;
}

function parameterText(name: string, place: string, required: boolean, repeated: boolean): string {
  const schema = repeated ? '{type: array, items: {type: string}}' : '{type: string}';
  return `        - {name: ${JSON.stringify(name)}, in: ${place}, required: ${required}, schema: ${schema}}\n`;
}
