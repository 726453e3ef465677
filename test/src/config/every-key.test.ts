// Every key that a configuration may have: once accepted, and once refused with a value that cannot be meant.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { loadConfig } from '../../../src/config/load.ts';
import { errorsOf } from './support.ts';

const HTTP_BLOCK = `authorization: {type: Bearer, credentials: c}
    tls_config: {ca: a, cert: c, key: k, server_name: s, insecure_skip_verify: true, min_version: TLS12, max_version: TLS13}
    proxy_url: http://p:1/
    no_proxy: n
    proxy_connect_header: {A: [b]}
    follow_redirects: true
    enable_http2: false
    http_headers: {X-A: {values: [v], secrets: [s], files: [f]}}`;

const EVERYTHING = `
global:
  scrape_interval: 1m
  scrape_timeout: 10s
  scrape_protocols: [OpenMetricsText1.0.0, PrometheusText0.0.4]
  scrape_failure_log_file: f
  body_size_limit: 1MB
  sample_limit: 1
  target_limit: 1
  series_limit: 1
  label_limit: 1
  label_name_length_limit: 1
  label_value_length_limit: 1
  keep_dropped_targets: 1
  metric_name_validation_scheme: utf8
  metric_name_escaping_scheme: values
  scrape_native_histograms: false
  convert_classic_histograms_to_nhcb: false
  always_scrape_classic_histograms: false
  extra_scrape_metrics: true
  evaluation_interval: 1m
  rule_query_offset: 1s
  query_log_file: q
  external_labels: {a: b}
runtime: {gogc: 75}
rule_files: [r.yml]
scrape_config_files: ["none-*.yml"]
scrape_configs:
  - job_name: a
    metrics_path: /m
    scheme: https
    params: {a: [b]}
    honor_labels: true
    honor_timestamps: false
    track_timestamps_staleness: true
    fallback_scrape_protocol: PrometheusText0.0.4
    enable_compression: true
    native_histogram_bucket_limit: 1
    native_histogram_min_bucket_factor: 1.1
    relabel_configs:
      - {source_labels: [a], separator: ",", regex: "(.*)", modulus: 2, target_label: b, replacement: $1, action: replace}
    metric_relabel_configs: [{action: labeldrop, regex: a}]
    static_configs: [{targets: [a:1], labels: {a: b}}]
    file_sd_configs: [{files: [a.json], refresh_interval: 1m}]
    dns_sd_configs: [{names: [a], type: A, port: 1, refresh_interval: 1m}]
    ${HTTP_BLOCK}
  - job_name: b
    basic_auth: {username: u, password: p}
    proxy_from_environment: true
    tls_config: {ca_file: a, cert_file: c, key_file: k}
    http_sd_configs: [{url: http://h/, refresh_interval: 1m, follow_redirects: false}]
    docker_sd_configs:
      - {host: unix:///s, port: 1, filters: [{name: n, values: [v]}], host_networking_host: h, match_first_network: true, refresh_interval: 1m}
  - job_name: c
    basic_auth: {username_file: u, password_file: p}
  - job_name: d
    authorization: {credentials_file: c}
  - job_name: e
    bearer_token: t
  - job_name: f
    bearer_token_file: t
  - job_name: g
    oauth2:
      client_id: i
      client_secret: s
      client_certificate_key: k
      client_certificate_key_id: i
      signature_algorithm: RS256
      iss: i
      audience: a
      claims: {a: b}
      grant_type: client_credentials
      scopes: [s]
      token_url: https://h/
      endpoint_params: {a: b}
      tls_config: {ca: a}
      proxy_url: http://p:1/
  - job_name: h
    oauth2: {client_id: i, client_secret_file: s, client_certificate_key_file: k, token_url: https://h/}
alerting:
  alert_relabel_configs: [{action: drop, regex: a}]
  alertmanagers:
    - scheme: http
      path_prefix: /a
      timeout: 1s
      api_version: v2
      static_configs: [{targets: [a:1]}]
      relabel_configs: [{action: drop, regex: a}]
      alert_relabel_configs: [{action: drop, regex: a}]
      sigv4: {region: r, access_key: a, secret_key: s, profile: p, role_arn: r, external_id: e, use_fips_sts_endpoint: true, service_name: s}
remote_write:
  - url: http://h/
    remote_timeout: 1s
    headers: {A: b}
    write_relabel_configs: [{action: drop, regex: a}]
    name: n
    send_exemplars: true
    send_native_histograms: true
    round_robin_dns: true
    protobuf_message: prometheus.WriteRequest
    queue_config: {capacity: 1, max_shards: 1, min_shards: 1, max_samples_per_send: 1, batch_send_deadline: 1s, min_backoff: 1s, max_backoff: 1s, retry_on_http_429: true, sample_age_limit: 1s}
    metadata_config: {send: true, send_interval: 1s, max_samples_per_send: 1}
    ${HTTP_BLOCK}
  - {url: http://h/, azuread: {cloud: AzurePublic, managed_identity: {client_id: c}, scope: s}}
  - {url: http://h/, azuread: {workload_identity: {client_id: c, tenant_id: t, token_file_path: p}}}
  - {url: http://h/, azuread: {oauth: {client_id: c, client_secret: s, tenant_id: t}, sdk: {tenant_id: t}}}
  - {url: http://h/, google_iam: {credentials_file: c}}
remote_read:
  - url: http://h/
    remote_timeout: 1s
    chunked_read_limit: 1
    headers: {A: b}
    read_recent: true
    name: n
    required_matchers: {a: b}
    filter_external_labels: true
otlp:
  promote_all_resource_attributes: true
  ignore_resource_attributes: [a]
  translation_strategy: NoTranslation
  keep_identifying_resource_attributes: true
  convert_histograms_to_nhcb: true
  promote_scope_metadata: true
  label_name_underscore_sanitization: true
  label_name_preserve_multiple_underscores: true
storage:
  tsdb:
    out_of_order_time_window: 1h
    retention: {time: 1d, size: 1GB, percentage: 10}
    stale_series_compaction_threshold: 0.5
    chunk_encoding: {floats: xor}
  exemplars: {max_exemplars: 1}
tracing:
  client_type: grpc
  endpoint: e
  sampling_fraction: 1
  insecure: true
  tls_config: {ca: a}
  headers: {A: b}
  compression: gzip
  timeout: 1s
ferula: {scrape_self: 5s}
`;

/** Refused always: they name a secret manager, which there is none of. */
const REFUSED = [
  'username_ref',
  'password_ref',
  'credentials_ref',
  'client_secret_ref',
  'client_certificate_key_ref',
];
/** Excluded by another key of EVERYTHING. */
const ELSEWHERE = ['promote_resource_attributes'];

type Path = readonly (string | number)[];

/** The places of all values that stand in a document. */
function placesOf(node: unknown, path: Path = []): Path[] {
  const here = path.length === 0 ? [] : [path];
  if (isMap(node))
    return [...here, ...node.items.flatMap(({ key, value }) => placesOf(value, [...path, String(key)]))];
  if (isSeq(node)) return [...here, ...node.items.flatMap((item, i) => placesOf(item, [...path, i]))];
  return here;
}

const wordsOf = (path: Path): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');

const parsed = (): Document.Parsed => parseDocument(EVERYTHING);
const PLACES = placesOf(parsed().contents);

/** Keys as the sources of src/config write them: a name and what reads its value. */
function keysOfSchema(): Set<string> {
  const folder = resolve(import.meta.dirname, '../../../src/config');
  const reader =
    /(?:^|[{,])\s*([a-z][a-z0-9_]*): (?:[a-zA-Z]+(?:Block|Section|Groups|Globs|Headers|Version)\b|(?:text|count|flag|duration|secret|size|float|integer|url|verbatim|percentage)\b|(?:list|mapping|object|oneOf|parsed)\()/gm;
  const files = readdirSync(folder).filter((name) => name !== 'web-config.ts' && name !== 'schema.ts');
  const sources = files.map((name) => readFileSync(join(folder, name), 'utf8'));
  return new Set(sources.flatMap((source) => [...source.matchAll(reader)].map((match) => match[1])));
}

describe('every key', () => {
  it('is accepted', () => {
    expect(errorsOf(EVERYTHING)).toEqual([]);
    expect(loadConfig(EVERYTHING, { file: 'config.yml', env: {} }).scrapeConfigs).toHaveLength(8);
  });

  it('stands in what is accepted here', () => {
    const known = keysOfSchema();
    expect(known.size).toBeGreaterThan(180);
    const seen = new Set<unknown>([...PLACES.flat(), ...REFUSED, ...ELSEWHERE]);
    expect([...known].filter((key) => !seen.has(key))).toEqual([]);
  });

  const values = PLACES.filter((path) => {
    const node = parsed().getIn(path, true);
    return isScalar(node) || isSeq(node);
  });
  it.each(values.map((path) => [wordsOf(path), path] as const))('%s refuses a mapping', (words, path) => {
    const document = parsed();
    document.setIn(path, { wat: {} });
    expect(errorsOf(document.toString()).join('\n')).toContain(`${words}: expected a`);
  });

  const blocks = PLACES.filter((path) => isMap(parsed().getIn(path, true)));
  it.each(blocks.map((path) => [wordsOf(path), path] as const))('%s refuses a list', (words, path) => {
    const document = parsed();
    document.setIn(path, ['wat']);
    expect(errorsOf(document.toString()).join('\n')).toContain(`${words}: expected a mapping`);
  });

  it.each(['global', 'storage.tsdb', 'scrape_configs.0', 'remote_write.0.queue_config', 'otlp', 'tracing'])(
    'no other key in %s',
    (where) => {
      const document = parsed();
      document.setIn([...where.split('.').map((part) => (/\d/.test(part) ? Number(part) : part)), 'wat'], 1);
      expect(errorsOf(document.toString()).join('\n')).toContain('unknown key "wat"');
    },
  );

  it.each(REFUSED)('%s is refused: there is no secret manager', (key) => {
    const block = key.startsWith('client')
      ? `oauth2: {client_id: i, token_url: "https://h/", ${key}: x}`
      : `${key.startsWith('cred') ? 'authorization' : 'basic_auth'}: {${key}: x}`;
    expect(errorsOf(`scrape_configs: [{job_name: a, ${block}}]`).join('\n')).toContain(
      'there is no secret manager',
    );
  });
});
