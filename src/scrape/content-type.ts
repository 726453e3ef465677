// Which formats a scrape asks for, and which format a body is in by its Content-Type.
import type { ScrapeConfig, ScrapeProtocol } from '../config/config.ts';
import type { ExpositionFormat } from './exposition.ts';

const MEDIA_TYPES: Readonly<Record<ScrapeProtocol, string>> = {
  PrometheusProto:
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
};
/** The formats that can say how names beyond the old alphabet are to be written. */
const ESCAPING = new Set<ScrapeProtocol>(['PrometheusText1.0.0', 'OpenMetricsText1.0.0']);

/** The Accept header for protocols in order of preference, weighted as Prometheus weighs them. */
export function acceptHeader(
  protocols: readonly ScrapeProtocol[],
  escaping: ScrapeConfig['metricNameEscapingScheme'],
): string {
  const parts = protocols.map((protocol, i) => {
    const parameter = ESCAPING.has(protocol) ? `;escaping=${escaping}` : '';
    return `${MEDIA_TYPES[protocol]}${parameter};q=0.${protocols.length + 2 - i}`;
  });
  return [...parts, `*/*;q=0.2`].join(',');
}

/** How a body is written; protobuf is turned into text before it is read. */
export type BodyFormat = ExpositionFormat | 'protobuf';

/**
 * The format of a body. Without a configured fallback, an unknown or missing type is read as text, strictly: small
 * programs answer text/html or nothing, as Prometheus 2 took it; what is no exposition then fails with its line.
 */
export function bodyFormat(contentType: string, fallback: ScrapeProtocol | null): BodyFormat {
  const type = contentType.split(';', 1)[0].trim().toLowerCase();
  if (type === 'application/openmetrics-text') return 'openmetrics';
  if (type === 'text/plain') return 'text';
  if (type === 'application/vnd.google.protobuf' || fallback === 'PrometheusProto') return 'protobuf';
  return fallback?.startsWith('OpenMetrics') ? 'openmetrics' : 'text';
}
