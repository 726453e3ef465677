// The sections beside `scrape_configs`: what may be written in them. Those that nothing acts on yet are checked all
// the same, so that a file that is accepted today means the same tomorrow.

import {
  count,
  duration,
  flag,
  float,
  integer,
  list,
  mapping,
  object,
  oneOf,
  parsed,
  type Reader,
  secret,
  size,
  text,
  url,
  verbatim,
} from '../yaml/schema.ts';
import { DISCOVERY_FIELDS, refuseDiscovery, targetProblem } from './discoveries.ts';
import { checkHttpClient, HTTP_CLIENT_FIELDS, tlsBlock } from './http-client.ts';
import { isLegacyLabelName, labelNameProblem } from './labels.ts';
import { relabelRule } from './relabel.ts';
import { checkProtocols, SHARED_FIELDS, scrapeConfig } from './scrape-config.ts';

export const globalSection = object(
  {
    ...SHARED_FIELDS,
    evaluation_interval: duration,
    rule_query_offset: duration,
    query_log_file: text,
    external_labels: mapping(verbatim, labelNameProblem),
  },
  {
    check: (values, fail) => {
      checkProtocols(values, fail);
      if (values.metric_name_validation_scheme !== 'legacy') return;
      for (const name of Object.keys(values.external_labels ?? {}))
        if (!isLegacyLabelName(name))
          fail('external_labels', `${JSON.stringify(name)} is not a valid label name (legacy scheme)`);
    },
  },
);

/** Wildcards in the last part only, as upstream. */
const fileGlobs = list(
  parsed(
    (path) => (/^[^*]*(\*[^/]*)?$/.test(path) ? path : undefined),
    'a path with * only in its last part',
  ),
);

const sigv4Block = object({
  region: text,
  access_key: text,
  secret_key: secret,
  profile: text,
  role_arn: text,
  external_id: text,
  use_fips_sts_endpoint: flag,
  service_name: text,
});

const alertmanagerBlock = object(
  {
    ...HTTP_CLIENT_FIELDS,
    ...DISCOVERY_FIELDS,
    sigv4: sigv4Block,
    scheme: oneOf(['http', 'https']),
    path_prefix: text,
    timeout: duration,
    api_version: oneOf(['v2']),
    relabel_configs: list(relabelRule),
    alert_relabel_configs: list(relabelRule),
  },
  {
    other: refuseDiscovery,
    check: (values, fail) => {
      checkHttpClient(values, fail);
      if (values.sigv4 && (values.basic_auth ?? values.authorization ?? values.oauth2))
        fail('sigv4', 'only one of basic_auth, authorization, oauth2 and sigv4 can be used');
      const problem = values.relabel_configs?.length ? undefined : targetProblem(values.static_configs ?? []);
      if (problem) fail('static_configs', problem);
    },
  },
);

export const alertingSection = object({
  alert_relabel_configs: list(relabelRule),
  alertmanagers: list(alertmanagerBlock),
});

const queueBlock = object({
  capacity: count,
  max_shards: count,
  min_shards: count,
  max_samples_per_send: count,
  batch_send_deadline: duration,
  min_backoff: duration,
  max_backoff: duration,
  retry_on_http_429: flag,
  sample_age_limit: duration,
});

const azureBlock = object({
  cloud: oneOf(['AzurePublic', 'AzureChina', 'AzureGovernment']),
  managed_identity: object({ client_id: text }),
  workload_identity: object({ client_id: text, tenant_id: text, token_file_path: text }),
  oauth: object({ client_id: text, client_secret: secret, tenant_id: text }),
  sdk: object({ tenant_id: text }),
  scope: text,
});

/** Headers that remote write and read set themselves. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

const remoteHeaders = mapping(text, (name) => {
  if (name.toLowerCase() === 'authorization')
    return 'set authorization through basic_auth, authorization or oauth2';
  return RESERVED_HEADERS.has(name.toLowerCase()) ? `${name} is reserved and cannot be changed` : undefined;
});

export const remoteWriteSection = list(
  object(
    {
      ...HTTP_CLIENT_FIELDS,
      url,
      remote_timeout: duration,
      headers: remoteHeaders,
      write_relabel_configs: list(relabelRule),
      name: text,
      send_exemplars: flag,
      send_native_histograms: flag,
      round_robin_dns: flag,
      protobuf_message: oneOf(['prometheus.WriteRequest', 'io.prometheus.write.v2.Request']),
      queue_config: queueBlock,
      metadata_config: object({ send: flag, send_interval: duration, max_samples_per_send: count }),
      sigv4: sigv4Block,
      azuread: azureBlock,
      google_iam: object({ credentials_file: text }),
    },
    {
      required: ['url'],
      check: (values, fail) => {
        checkHttpClient(values, fail);
        const used = CLOUD_AUTH.filter((key) => values[key] !== undefined);
        if (used.length > 1) fail(used[1], `only one of ${used.join(', ')} can be used`);
      },
    },
  ),
);
const CLOUD_AUTH = ['basic_auth', 'authorization', 'oauth2', 'sigv4', 'azuread', 'google_iam'] as const;

export const remoteReadSection = list(
  object(
    {
      ...HTTP_CLIENT_FIELDS,
      url,
      remote_timeout: duration,
      chunked_read_limit: count,
      headers: remoteHeaders,
      read_recent: flag,
      name: text,
      required_matchers: mapping(text),
      filter_external_labels: flag,
    },
    { required: ['url'], check: (values, fail) => checkHttpClient(values, fail) },
  ),
);

export const otlpSection = object(
  {
    promote_all_resource_attributes: flag,
    promote_resource_attributes: list(text),
    ignore_resource_attributes: list(text),
    translation_strategy: oneOf([
      'UnderscoreEscapingWithSuffixes',
      'UnderscoreEscapingWithoutSuffixes',
      'NoUTF8EscapingWithSuffixes',
      'NoTranslation',
    ]),
    keep_identifying_resource_attributes: flag,
    convert_histograms_to_nhcb: flag,
    promote_scope_metadata: flag,
    label_name_underscore_sanitization: flag,
    label_name_preserve_multiple_underscores: flag,
  },
  {
    check: (values, fail) => {
      const promotesAll = values.promote_all_resource_attributes ?? false;
      if (promotesAll && values.promote_resource_attributes?.length)
        fail('promote_resource_attributes', 'has no meaning beside promote_all_resource_attributes');
      if (!promotesAll && values.ignore_resource_attributes?.length)
        fail('ignore_resource_attributes', 'needs promote_all_resource_attributes: true');
    },
  },
);

export const tracingSection = object(
  {
    client_type: oneOf(['http', 'grpc']),
    endpoint: text,
    sampling_fraction: float,
    insecure: flag,
    tls_config: tlsBlock,
    headers: remoteHeaders,
    compression: oneOf(['gzip']),
    timeout: duration,
  },
  { required: ['endpoint'] },
);

const percentage = parsed((written) => {
  const value = written.trim() === '' ? Number.NaN : Number(written);
  return value >= 0 && value <= 100 ? value : undefined;
}, 'a percentage from 0 to 100');

export const storageSection = object({
  tsdb: object({
    out_of_order_time_window: duration,
    retention: object({ time: duration, size, percentage }),
    stale_series_compaction_threshold: float,
    chunk_encoding: object({ floats: oneOf(['xor', 'xor2']) }),
  }),
  exemplars: object({ max_exemplars: integer }),
});

export const ferulaSection = object({ scrape_self: duration });

/** A file of `scrape_config_files`. */
export const scrapeConfigFile = object({ scrape_configs: list(scrapeConfig) });

/** The whole file. */
export const configFile = object(
  {
    global: globalSection,
    runtime: object({ gogc: integer }),
    rule_files: fileGlobs,
    scrape_config_files: fileGlobs,
    scrape_configs: list(scrapeConfig),
    alerting: alertingSection,
    remote_write: remoteWriteSection,
    remote_read: remoteReadSection,
    otlp: otlpSection,
    storage: storageSection,
    tracing: tracingSection,
    ferula: ferulaSection,
  },
  {
    check: (values, fail) => {
      for (const key of ['remote_write', 'remote_read'] as const) {
        const names = (values[key] ?? []).flatMap(({ name }) => (name ? [name] : []));
        const twice = names.find((name, i) => names.indexOf(name) < i);
        if (twice) fail(key, `the name ${JSON.stringify(twice)} stands twice`);
      }
    },
  },
);

export type ConfigFile = typeof configFile extends Reader<infer T> ? T : never;
