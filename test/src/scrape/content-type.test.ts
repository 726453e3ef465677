import { describe, expect, it } from 'vitest';
import type { ScrapeProtocol } from '../../../src/config/config.ts';
import { acceptHeader, type BodyFormat, bodyFormat } from '../../../src/scrape/content-type.ts';

describe('acceptHeader', () => {
  it('asks as Prometheus does by default', () => {
    const protocols: ScrapeProtocol[] = [
      'OpenMetricsText1.0.0',
      'OpenMetricsText0.0.1',
      'PrometheusText1.0.0',
      'PrometheusText0.0.4',
    ];
    expect(acceptHeader(protocols, 'allow-utf-8').split(',')).toEqual([
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6',
      'application/openmetrics-text;version=0.0.1;q=0.5',
      'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4',
      'text/plain;version=0.0.4;q=0.3',
      '*/*;q=0.2',
    ]);
  });

  it('asks for protobuf where it is configured', () => {
    expect(acceptHeader(['PrometheusProto'], 'underscores')).toBe(
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.3,*/*;q=0.2',
    );
  });
});

describe('bodyFormat', () => {
  it.each<[type: string, fallback: ScrapeProtocol | null, format: BodyFormat]>([
    ['text/plain', null, 'text'],
    ['text/plain; version=0.0.4; charset=utf-8', 'PrometheusProto', 'text'],
    ['Application/OpenMetrics-Text; version=1.0.0', null, 'openmetrics'],
    [
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
      null,
      'protobuf',
    ],
    ['text/html; charset=utf-8', null, 'text'],
    ['', null, 'text'],
    ['', 'OpenMetricsText1.0.0', 'openmetrics'],
    ['text/html', 'OpenMetricsText0.0.1', 'openmetrics'],
    ['', 'PrometheusProto', 'protobuf'],
    ['', 'PrometheusText0.0.4', 'text'],
  ])('of %j with fallback %j is %s', (type, fallback, format) => {
    expect(bodyFormat(type, fallback)).toBe(format);
  });
});
