import { describe, expect, it } from 'vitest';
import { formatDuration } from '../../../src/durations.ts';
import { jobTargets } from '../../../src/scrape/target.ts';
import { labelsToObject } from '../../../storage/model/labels.ts';
import { jobOf } from './configs.ts';

function targetsOf(yaml: string, targets: string[] = ['host:9100'], labels: Record<string, string> = {}) {
  const found = jobTargets(jobOf(yaml), [{ targets, labels }]);
  return {
    ...found,
    targets: found.targets.map((target) => ({ ...target, labels: { ...labelsToObject(target.labels) } })),
  };
}

describe('jobTargets', () => {
  it('gives labels, URL, interval and timeout', () => {
    const { targets, dropped, problems } = targetsOf(
      'scrape_interval: 30s, scrape_timeout: 5s',
      ['host:9100'],
      { zone: 'a', __meta_x: 'y' },
    );
    expect(targets).toMatchObject([
      {
        jobName: 'j',
        labels: { instance: 'host:9100', job: 'j', zone: 'a' },
        url: 'http://host:9100/metrics',
        intervalMs: 30_000,
        timeoutMs: 5000,
        discoveredLabels: {
          __address__: 'host:9100',
          __meta_x: 'y',
          __metrics_path__: '/metrics',
          __scheme__: 'http',
          __scrape_interval__: '30s',
          __scrape_timeout__: '5s',
          job: 'j',
          zone: 'a',
        },
      },
    ]);
    expect([dropped, problems]).toEqual([[], []]);
  });

  it.each([
    ['metrics_path: /a/b, params: {x: ["1", "2"], "a b": ["&"]}', {}, 'http://host:9100/a/b?a+b=%26&x=1&x=2'],
    ['metrics_path: /a?b=c, params: {x: ["1"]}', {}, 'http://host:9100/a%3Fb=c?x=1'],
    ['metrics_path: "/a b#c%d"', {}, 'http://host:9100/a%20b%23c%25d'],
    ['params: {x: ["1", "2"]}', { __param_x: '9', __param_y: '8' }, 'http://host:9100/metrics?x=9&x=2&y=8'],
    ['scheme: https', {}, 'https://host:9100/metrics'],
    ['scheme: https', { __scheme__: 'http', __metrics_path__: 'p' }, 'http://host:9100/p'],
  ])('makes the URL of {%s} with labels %j', (yaml, labels, url) => {
    expect(targetsOf(yaml, ['host:9100'], labels as Record<string, string>).targets[0].url).toBe(url);
  });

  it('lets labels override job, instance, interval and timeout', () => {
    const labels = { job: 'k', instance: 'me', __scrape_interval__: '1m30s', __scrape_timeout__: '500ms' };
    expect(targetsOf('', ['h:1'], labels).targets[0]).toMatchObject({
      labels: { job: 'k', instance: 'me' },
      intervalMs: 90_000,
      timeoutMs: 500,
    });
  });

  it('relabels', () => {
    const rules =
      'relabel_configs: [{source_labels: [__address__], regex: "a:.*", action: drop}, ' +
      '{source_labels: [__address__], regex: "(.*):.*", target_label: host}, ' +
      '{target_label: __address__, replacement: "proxy:1"}]';
    const { targets, dropped } = targetsOf(rules, ['a:1', 'b:2']);
    expect(targets).toMatchObject([
      { url: 'http://proxy:1/metrics', labels: { host: 'b', instance: 'proxy:1' } },
    ]);
    expect(dropped).toMatchObject([{ discoveredLabels: { __address__: 'a:1' }, scrapePool: 'j' }]);
  });

  it('has each target once', () => {
    expect(targetsOf('', ['h:1', 'h:1', 'h:2']).targets.map(({ url }) => url)).toEqual([
      'http://h:1/metrics',
      'http://h:2/metrics',
    ]);
  });

  it('keeps IPv6 addresses', () => {
    expect(targetsOf('', ['[::1]:9100']).targets[0].url).toBe('http://[::1]:9100/metrics');
  });

  it.each([
    ['host/path', {}, 'target "host/path": "host/path" is not a valid host and port'],
    ['a b:1', {}, 'target "a b:1": "http://a b:1/metrics" is not a valid URL'],
    ['h:1', { __scheme__: 'ftp' }, 'target "h:1": invalid scheme "ftp"'],
    ['h:1', { __scrape_interval__: '15' }, 'target "h:1": __scrape_interval__ is "15", not a duration'],
    ['h:1', { __scrape_interval__: '0s' }, 'target "h:1": __scrape_interval__ cannot be 0'],
    ['h:1', { __scrape_timeout__: '2m' }, 'scrape timeout cannot be greater than scrape interval (2m > 1m)'],
  ])('says why %j with %j is no target', (address, labels, problem) => {
    const { targets, problems } = targetsOf('', [address], labels as Record<string, string>);
    expect(targets).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [15_000, '15s'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [90_061_001, '1d1h1m1s1ms'],
    [90 * 86_400_000, '90d'],
    [14 * 86_400_000, '2w'],
  ])('writes %d as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
