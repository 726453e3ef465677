// `scrape_configs`: what may be written, and what it means with the global section's defaults.

import { type Findings, keyNode } from '../yaml/findings.ts';
import {
  count,
  duration,
  type Fail,
  flag,
  float,
  type Located,
  list,
  located,
  mapping,
  object,
  oneOf,
  type Reader,
  size,
  text,
  type Values,
} from '../yaml/schema.ts';
import type { GlobalConfig, ScrapeConfig, ScrapeProtocol } from './config.ts';
import { DISCOVERY_FIELDS, discoveries, refuseDiscovery, targetProblem } from './discoveries.ts';
import { checkHttpClient, HTTP_CLIENT_FIELDS, httpClient, type PathOf } from './http-client.ts';
import { isLegacyLabelName } from './labels.ts';
import { relabelRule } from './relabel.ts';

const TEXT_PROTOCOLS: readonly ScrapeProtocol[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
];
const PROTOCOLS: readonly ScrapeProtocol[] = ['PrometheusProto', ...TEXT_PROTOCOLS];

/** Keys that stand in `global` and in each job; a job's own value wins. */
export const SHARED_FIELDS = {
  scrape_interval: duration,
  scrape_timeout: duration,
  scrape_protocols: list(oneOf(PROTOCOLS)),
  scrape_failure_log_file: text,
  body_size_limit: size,
  sample_limit: count,
  target_limit: count,
  series_limit: count,
  label_limit: count,
  label_name_length_limit: count,
  label_value_length_limit: count,
  keep_dropped_targets: count,
  metric_name_validation_scheme: oneOf(['utf8', 'legacy']),
  metric_name_escaping_scheme: oneOf(['allow-utf-8', 'underscores', 'dots', 'values']),
  scrape_native_histograms: flag,
  convert_classic_histograms_to_nhcb: flag,
  always_scrape_classic_histograms: flag,
  extra_scrape_metrics: flag,
} as const;

export type SharedValues = Values<typeof SHARED_FIELDS>;

const FIELDS = {
  job_name: text,
  ...SHARED_FIELDS,
  metrics_path: text,
  scheme: oneOf(['http', 'https']),
  params: mapping(list(text)),
  honor_labels: flag,
  honor_timestamps: flag,
  track_timestamps_staleness: flag,
  fallback_scrape_protocol: oneOf(PROTOCOLS),
  enable_compression: flag,
  native_histogram_bucket_limit: count,
  native_histogram_min_bucket_factor: float,
  relabel_configs: list(relabelRule),
  metric_relabel_configs: list(relabelRule),
  ...HTTP_CLIENT_FIELDS,
  ...DISCOVERY_FIELDS,
} as const;

type Written = Values<typeof FIELDS>;

/** A job as it was written, to be completed with the global section's values. */
export type WrittenScrapeConfig = Located<Written>;

export const scrapeConfig: Reader<WrittenScrapeConfig> = located(
  object(FIELDS, { required: ['job_name'], check: checkJob, other: refuseDiscovery }),
);

function checkJob(written: Written, fail: Fail<typeof FIELDS>): void {
  if (written.job_name === '') fail('job_name', 'is empty');
  checkProtocols(written, fail);
  checkHttpClient(written, fail);
  const problem = written.relabel_configs?.length ? undefined : targetProblem(written.static_configs ?? []);
  if (problem) fail('static_configs', problem);
}

export function checkProtocols(
  { scrape_protocols: protocols }: SharedValues,
  fail: (key: 'scrape_protocols', message: string) => void,
): void {
  if (protocols?.length === 0) fail('scrape_protocols', 'needs at least one protocol');
  if (protocols && new Set(protocols).size < protocols.length)
    fail('scrape_protocols', 'a protocol stands in it twice');
}

/** What a job inherits. */
export interface Inherited {
  readonly global: GlobalConfig;
  readonly written: SharedValues;
}

/** Completes a job with defaults and reports what only shows then. */
export function completeScrapeConfig(
  { value: written, place }: WrittenScrapeConfig,
  inherited: Inherited,
  pathOf: PathOf,
  found: Findings,
): ScrapeConfig {
  const { global } = inherited;
  const fail = (key: string, message: string): void =>
    found.error(keyNode(place.node, key), `${place.path}.${key}: ${message}`);
  // A 0 means "not set" here, as upstream.
  const shared = <K extends keyof SharedValues>(key: K) => written[key] || inherited.written[key];
  const scrapeIntervalMs = written.scrape_interval || global.scrapeIntervalMs;
  const scrapeTimeoutMs = written.scrape_timeout || Math.min(global.scrapeTimeoutMs, scrapeIntervalMs);
  if (scrapeTimeoutMs > scrapeIntervalMs)
    fail('scrape_timeout', `must not be longer than the scrape interval (${scrapeIntervalMs / 1000} s)`);
  const native = written.scrape_native_histograms ?? inherited.written.scrape_native_histograms ?? false;
  const names = nameSchemes(written, inherited.written, fail);
  return {
    jobName: written.job_name ?? '',
    scrapeIntervalMs,
    scrapeTimeoutMs,
    metricsPath: written.metrics_path || '/metrics',
    scheme: written.scheme ?? 'http',
    params: written.params ?? {},
    honorLabels: written.honor_labels ?? false,
    honorTimestamps: written.honor_timestamps ?? true,
    trackTimestampsStaleness: written.track_timestamps_staleness ?? false,
    scrapeProtocols: shared('scrape_protocols') ?? (native ? PROTOCOLS : TEXT_PROTOCOLS),
    fallbackScrapeProtocol: written.fallback_scrape_protocol ?? null,
    enableCompression: written.enable_compression ?? null,
    scrapeFailureLogFile: pathOf(shared('scrape_failure_log_file') ?? ''),
    bodySizeLimitBytes: shared('body_size_limit') ?? written.body_size_limit ?? null,
    sampleLimit: shared('sample_limit') ?? 0,
    labelLimit: shared('label_limit') ?? 0,
    labelNameLengthLimit: shared('label_name_length_limit') ?? 0,
    labelValueLengthLimit: shared('label_value_length_limit') ?? 0,
    targetLimit: shared('target_limit') ?? 0,
    seriesLimit: shared('series_limit') ?? 0,
    keepDroppedTargets: shared('keep_dropped_targets') ?? 0,
    ...names,
    scrapeNativeHistograms: native,
    alwaysScrapeClassicHistograms: inheritedFlag('always_scrape_classic_histograms', written, inherited),
    convertClassicHistogramsToNhcb: inheritedFlag('convert_classic_histograms_to_nhcb', written, inherited),
    extraScrapeMetrics: inheritedFlag('extra_scrape_metrics', written, inherited),
    nativeHistogramBucketLimit: written.native_histogram_bucket_limit ?? 0,
    nativeHistogramMinBucketFactor: written.native_histogram_min_bucket_factor ?? 0,
    http: httpClient(written, pathOf),
    relabelConfigs: written.relabel_configs ?? [],
    metricRelabelConfigs: written.metric_relabel_configs ?? [],
    staticConfigs: written.static_configs ?? [],
    discoveries: discoveries(written, pathOf),
  };
}

type FlagKey =
  | 'always_scrape_classic_histograms'
  | 'convert_classic_histograms_to_nhcb'
  | 'extra_scrape_metrics';

function inheritedFlag(key: FlagKey, written: Written, inherited: Inherited): boolean {
  return written[key] ?? inherited.written[key] ?? false;
}

type NameSchemes = Pick<ScrapeConfig, 'metricNameValidationScheme' | 'metricNameEscapingScheme'>;

/** An escaping scheme follows from the validation scheme that stands beside it, unless one is written. */
function nameSchemes(
  own: Written,
  global: SharedValues,
  fail: (key: string, message: string) => void,
): NameSchemes {
  const validation = own.metric_name_validation_scheme ?? global.metric_name_validation_scheme ?? 'utf8';
  const usual = validation === 'legacy' ? 'underscores' : 'allow-utf-8';
  const inherited =
    own.metric_name_validation_scheme === undefined ? global.metric_name_escaping_scheme : undefined;
  const escaping = own.metric_name_escaping_scheme ?? inherited ?? usual;
  if (escaping === 'allow-utf-8' && validation === 'legacy')
    fail('metric_name_escaping_scheme', 'allow-utf-8 needs metric_name_validation_scheme utf8');
  if (validation === 'legacy') refuseUtf8Labels(own, fail);
  return { metricNameValidationScheme: validation, metricNameEscapingScheme: escaping };
}

/** Under the legacy scheme rules may only write names that every version of Prometheus takes. */
function refuseUtf8Labels(written: Written, fail: (key: string, message: string) => void): void {
  for (const key of ['relabel_configs', 'metric_relabel_configs'] as const)
    for (const { targetLabel } of written[key] ?? [])
      if (targetLabel !== '' && !targetLabel.includes('$') && !isLegacyLabelName(targetLabel))
        fail(key, `target_label ${JSON.stringify(targetLabel)} is not a valid label name (legacy scheme)`);
}
