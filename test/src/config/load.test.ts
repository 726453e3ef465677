// What a config file means: fragments that are accepted, and what they come to.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are configuration
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { errorsOf, job, load } from './support.ts';

describe('defaults', () => {
  it.each(['', '# nothing\n', 'global:\n', 'scrape_configs: []'])(
    'an empty file is a configuration: %j',
    (text) => {
      const config = load(text);
      expect(config.global).toEqual({
        scrapeIntervalMs: 60_000,
        scrapeTimeoutMs: 10_000,
        evaluationIntervalMs: 60_000,
        ruleQueryOffsetMs: 0,
        queryLogFile: '',
        externalLabels: [],
      });
      expect(config.scrapeConfigs).toEqual([]);
      expect(config.ferula.scrapeSelfMs).toBe(5000);
      expect(config.notes).toEqual([]);
      expect(config.display).toBe(text);
    },
  );

  it('fills in what a job does not say', () => {
    const [{ http, ...rest }] = load(job('static_configs: [{targets: [b:1]}]')).scrapeConfigs;
    expect(rest).toEqual({
      jobName: 'a',
      scrapeIntervalMs: 60_000,
      scrapeTimeoutMs: 10_000,
      metricsPath: '/metrics',
      scheme: 'http',
      params: {},
      honorLabels: false,
      honorTimestamps: true,
      trackTimestampsStaleness: false,
      scrapeProtocols: [
        'OpenMetricsText1.0.0',
        'OpenMetricsText0.0.1',
        'PrometheusText1.0.0',
        'PrometheusText0.0.4',
      ],
      fallbackScrapeProtocol: null,
      enableCompression: null,
      scrapeFailureLogFile: '',
      bodySizeLimitBytes: null,
      sampleLimit: 0,
      labelLimit: 0,
      labelNameLengthLimit: 0,
      labelValueLengthLimit: 0,
      targetLimit: 0,
      seriesLimit: 0,
      keepDroppedTargets: 0,
      metricNameValidationScheme: 'utf8',
      metricNameEscapingScheme: 'allow-utf-8',
      scrapeNativeHistograms: false,
      alwaysScrapeClassicHistograms: false,
      convertClassicHistogramsToNhcb: false,
      extraScrapeMetrics: false,
      nativeHistogramBucketLimit: 0,
      nativeHistogramMinBucketFactor: 0,
      relabelConfigs: [],
      metricRelabelConfigs: [],
      staticConfigs: [{ targets: ['b:1'], labels: {} }],
      discoveries: [],
    });
    expect(http).toMatchObject({ basicAuth: null, followRedirects: true, enableHttp2: true, headers: [] });
  });

  it('is plain data, which another thread can be sent', () => {
    const config = load(job('params: {m: [a, b]}\nrelabel_configs: [{action: drop, regex: a}]'));
    expect(structuredClone(config)).toEqual(config);
  });
});

describe('inheritance', () => {
  const timing: [name: string, global: string, own: string, intervalMs: number, timeoutMs: number][] = [
    ['nothing said', '', '', 60_000, 10_000],
    ['a short global interval', 'scrape_interval: 5s', '', 5000, 5000],
    ['a short job interval', 'scrape_interval: 15s', 'scrape_interval: 5s', 5000, 5000],
    ['a long job interval', 'scrape_timeout: 20s', 'scrape_interval: 2m', 120_000, 20_000],
    ['a timeout of the job', 'scrape_interval: 15s', 'scrape_timeout: 3s', 15_000, 3000],
    ['0 is not set', 'scrape_interval: 15s', 'scrape_interval: 0s\nscrape_timeout: 0s', 15_000, 10_000],
    ['sub-second', '', 'scrape_interval: 500ms', 500, 500],
  ];
  it.each(timing)('%s', (_, global, own, scrapeIntervalMs, scrapeTimeoutMs) => {
    const text = `global: {${global}}\n${job(own || 'honor_labels: false')}`;
    expect(load(text).scrapeConfigs[0]).toMatchObject({ scrapeIntervalMs, scrapeTimeoutMs });
  });

  it('gives the global limits to jobs that have none of their own', () => {
    const global = `global:
  body_size_limit: 1.5MB
  sample_limit: 10
  label_limit: 20
  label_name_length_limit: 30
  label_value_length_limit: 40
  target_limit: 50
  keep_dropped_targets: 60
  scrape_failure_log_file: failures.log
  extra_scrape_metrics: true
  always_scrape_classic_histograms: true
  convert_classic_histograms_to_nhcb: true
`;
    const [config] = load(global + job('sample_limit: 11\nextra_scrape_metrics: false')).scrapeConfigs;
    expect(config).toMatchObject({
      bodySizeLimitBytes: 1_572_864,
      sampleLimit: 11,
      labelLimit: 20,
      labelNameLengthLimit: 30,
      labelValueLengthLimit: 40,
      targetLimit: 50,
      keepDroppedTargets: 60,
      scrapeFailureLogFile: '/etc/ferula/failures.log',
      extraScrapeMetrics: false,
      alwaysScrapeClassicHistograms: true,
      convertClassicHistogramsToNhcb: true,
    });
  });

  const limits: [name: string, global: string, own: string, bytes: number | null][] = [
    ['not written is the scraper\u2019s own limit', '', '', null],
    ['0 is none', '', 'body_size_limit: 0', 0],
    ['0 in global is none', 'body_size_limit: 0', '', 0],
    ['0 in a job takes the global one, as upstream', 'body_size_limit: 1MB', 'body_size_limit: 0', 2 ** 20],
    ['its own wins', 'body_size_limit: 1MB', 'body_size_limit: 2MB', 2 ** 21],
  ];
  it.each(limits)('body_size_limit: %s', (_, global, own, bodySizeLimitBytes) => {
    const text = `global: {${global}}\n${job(own || 'honor_labels: false')}`;
    expect(load(text).scrapeConfigs[0]).toMatchObject({ bodySizeLimitBytes });
  });

  it.each([
    ['honor_labels: false', null],
    ['enable_compression: true', true],
    ['enable_compression: false', false],
  ])('compression: %s', (own, enableCompression) => {
    expect(load(job(own)).scrapeConfigs[0]).toMatchObject({ enableCompression });
  });

  const protocols: [name: string, global: string, own: string, first: string][] = [
    ['text by default', '', '', 'OpenMetricsText1.0.0'],
    ['protobuf first for native histograms', '', 'scrape_native_histograms: true', 'PrometheusProto'],
    ['the same, asked for globally', 'scrape_native_histograms: true', '', 'PrometheusProto'],
    [
      'the global list wins over that',
      'scrape_protocols: [PrometheusText0.0.4]',
      'scrape_native_histograms: true',
      'PrometheusText0.0.4',
    ],
    [
      'the own list wins',
      'scrape_protocols: [PrometheusText0.0.4]',
      'scrape_protocols: [PrometheusText1.0.0]',
      'PrometheusText1.0.0',
    ],
  ];
  it.each(protocols)('protocols: %s', (_, global, own, first) => {
    const text = `global: {${global}}\n${job(own || 'honor_labels: false')}`;
    expect(load(text).scrapeConfigs[0].scrapeProtocols[0]).toBe(first);
  });

  const schemes: [global: string, own: string, validation: string, escaping: string][] = [
    ['', '', 'utf8', 'allow-utf-8'],
    ['metric_name_validation_scheme: legacy', '', 'legacy', 'underscores'],
    ['', 'metric_name_validation_scheme: legacy', 'legacy', 'underscores'],
    ['metric_name_validation_scheme: legacy', 'metric_name_validation_scheme: utf8', 'utf8', 'allow-utf-8'],
    ['metric_name_escaping_scheme: dots', '', 'utf8', 'dots'],
    ['', 'metric_name_escaping_scheme: values', 'utf8', 'values'],
  ];
  it.each(schemes)('name schemes: global {%s}, job {%s}', (global, own, validation, escaping) => {
    const [config] = load(`global: {${global}}\n${job(own || 'honor_labels: false')}`).scrapeConfigs;
    expect(config.metricNameValidationScheme).toBe(validation);
    expect(config.metricNameEscapingScheme).toBe(escaping);
  });
});

describe('values as Prometheus reads them', () => {
  it('takes scalars as they are written', () => {
    const text = job(`honor_labels: yes
honor_timestamps: "false"
params: {module: [http_2xx, 1.10, on]}
static_configs: [{targets: [b:1], labels: {version: 1.10, on: yes}}]`);
    const [config] = load(text).scrapeConfigs;
    expect(config.honorLabels).toBe(true);
    expect(config.honorTimestamps).toBe(false);
    expect(config.params).toEqual({ module: ['http_2xx', '1.10', 'on'] });
    expect(config.staticConfigs[0].labels).toEqual({ version: '1.10', on: 'yes' });
  });

  it('follows anchors, aliases and merge keys', () => {
    const text = `scrape_configs:
  - &base
    job_name: a
    scrape_interval: 5s
    metrics_path: /x
  - <<: *base
    job_name: b
    metrics_path: /y
`;
    const [a, b] = load(text).scrapeConfigs;
    expect(a).toMatchObject({ jobName: 'a', scrapeIntervalMs: 5000, metricsPath: '/x' });
    expect(b).toMatchObject({ jobName: 'b', scrapeIntervalMs: 5000, metricsPath: '/y' });
  });

  it('expands variables in external labels', () => {
    const text =
      "global:\n  external_labels: {b: 'x-$A', a: '${B}', c: $$A, d: $MISSING, e: '$$', f: $(A), g: a$1b}\n";
    const config = load(text, { env: { A: 'one', B: 'two' } });
    expect(config.global.externalLabels).toEqual([
      'a',
      'two',
      'b',
      'x-one',
      'c',
      '$A',
      'e',
      '$',
      'f',
      '$(A)',
      'g',
      'ab',
    ]);
    expect(config.notes).toEqual([
      '/etc/ferula/config.yml: external_labels: environment variable MISSING is empty',
      '/etc/ferula/config.yml: external_labels: environment variable 1 is empty',
    ]);
  });

  it('expands variables elsewhere only where asked, and never in patterns', () => {
    const text = job(`metrics_path: /\${P}/\${Q:-q}
relabel_configs: [{target_label: x, regex: 'a\${P}', replacement: '\${P}'}]`);
    expect(load(text).scrapeConfigs[0].metricsPath).toBe('/${P}/${Q:-q}');
    const [config] = load(text, { expandEnv: true, env: { P: 'p' } }).scrapeConfigs;
    expect(config.metricsPath).toBe('/p/q');
    expect(config.relabelConfigs[0]).toMatchObject({ regex: 'a${P}', replacement: '${P}' });
    expect(errorsOf(text, { expandEnv: true })).toEqual([
      '3:19: environment variable P is not set; set it or write ${P:-default}',
    ]);
  });

  it('reads every key of a relabelling rule', () => {
    const text = job(`relabel_configs:
  - source_labels: [a, b]
    separator: '@'
    regex: (.*)@(.*)
    target_label: c
    replacement: $2
    action: Replace
  - {action: hashmod, source_labels: [a], modulus: 8, target_label: shard}
metric_relabel_configs:
  - {action: labeldrop, regex: tmp_.*}`);
    const [config] = load(text).scrapeConfigs;
    expect(config.relabelConfigs).toEqual([
      {
        action: 'replace',
        sourceLabels: ['a', 'b'],
        separator: '@',
        regex: '(.*)@(.*)',
        modulus: 0,
        targetLabel: 'c',
        replacement: '$2',
      },
      {
        action: 'hashmod',
        sourceLabels: ['a'],
        separator: ';',
        regex: '(.*)',
        modulus: 8,
        targetLabel: 'shard',
        replacement: '$1',
      },
    ]);
    expect(config.metricRelabelConfigs[0]).toMatchObject({ action: 'labeldrop', regex: 'tmp_.*' });
  });

  it('a relabelling key without a value is the empty text', () => {
    const text = job('relabel_configs: [{regex: , separator: , replacement: , target_label: a}]');
    expect(load(text).scrapeConfigs[0].relabelConfigs[0]).toMatchObject({
      regex: '',
      separator: '',
      replacement: '',
    });
  });

  it('reads the HTTP client block, with paths beside the file', () => {
    const text = job(`authorization: {type: Token, credentials_file: secret}
tls_config: {ca_file: /ca.pem, cert_file: c.pem, key_file: k.pem, server_name: s, insecure_skip_verify: true, min_version: TLS12}
proxy_url: http://proxy:3128
no_proxy: localhost
proxy_connect_header: {X-A: [b]}
follow_redirects: false
enable_http2: false
http_headers: {X-Tenant: {values: [t], secrets: [s], files: [f]}}`);
    expect(load(text).scrapeConfigs[0].http).toEqual({
      basicAuth: null,
      authorization: { type: 'Token', credentials: '', credentialsFile: '/etc/ferula/secret' },
      oauth2: null,
      tls: {
        ca: '',
        caFile: '/ca.pem',
        cert: '',
        certFile: '/etc/ferula/c.pem',
        key: '',
        keyFile: '/etc/ferula/k.pem',
        serverName: 's',
        insecureSkipVerify: true,
        minVersion: 'TLSv1.2',
        maxVersion: null,
      },
      proxy: {
        url: 'http://proxy:3128',
        noProxy: 'localhost',
        fromEnvironment: false,
        connectHeaders: { 'X-A': ['b'] },
      },
      followRedirects: false,
      enableHttp2: false,
      headers: [{ name: 'X-Tenant', values: ['t'], secrets: ['s'], files: ['/etc/ferula/f'] }],
    });
  });

  it('takes the older bearer_token', () => {
    const [{ http }] = load(job('bearer_token_file: t')).scrapeConfigs;
    expect(http.authorization).toEqual({
      type: 'Bearer',
      credentials: '',
      credentialsFile: '/etc/ferula/t',
    });
  });

  it('reads the discoveries that there are', () => {
    const text = job(`file_sd_configs: [{files: [targets/*.yml, b.json], refresh_interval: 10s}]
http_sd_configs: [{url: http://h/targets, basic_auth: {username: u, password: p}}]
dns_sd_configs: [{names: [a.example], type: A, port: 9100}, {names: [_x._tcp.example]}]`);
    const { discoveries } = load(text).scrapeConfigs[0];
    expect(discoveries).toMatchObject([
      { kind: 'file', files: ['/etc/ferula/targets/*.yml', '/etc/ferula/b.json'], refreshIntervalMs: 10_000 },
      { kind: 'http', url: 'http://h/targets', refreshIntervalMs: 60_000 },
      { kind: 'dns', names: ['a.example'], type: 'A', port: 9100, refreshIntervalMs: 30_000 },
      { kind: 'dns', names: ['_x._tcp.example'], type: 'SRV', port: 0 },
    ]);
  });

  it('reads retention and the out-of-order window', () => {
    const text = 'storage: {tsdb: {out_of_order_time_window: 30m, retention: {time: 30d, size: 10GB}}}';
    expect(load(text).storage).toEqual({
      outOfOrderTimeWindowMs: 1_800_000,
      retentionTimeMs: 2_592_000_000,
      retentionSizeBytes: 10 * 2 ** 30,
    });
  });

  it('switches the own metrics off with 0', () => {
    expect(load('ferula: {scrape_self: 0s}').ferula.scrapeSelfMs).toBe(0);
  });
});

describe('sections that nothing acts on yet', () => {
  it('are checked and named in one note', () => {
    const text = `rule_files: [rules/*.yml]
alerting:
  alert_relabel_configs: [{action: drop, regex: a}]
  alertmanagers: [{static_configs: [{targets: [am:9093]}], timeout: 5s, path_prefix: /am, api_version: v2}]
remote_write:
  - url: http://h/write
    remote_timeout: 10s
    headers: {X-Scope: t}
    write_relabel_configs: [{action: keep, regex: a}]
    queue_config: {capacity: 1, max_shards: 2, min_shards: 1, max_samples_per_send: 5, batch_send_deadline: 1s, min_backoff: 1s, max_backoff: 2s, retry_on_http_429: true, sample_age_limit: 1h}
    metadata_config: {send: false, send_interval: 1m, max_samples_per_send: 7}
    protobuf_message: io.prometheus.write.v2.Request
    sigv4: {region: x, access_key: k, secret_key: s}
remote_read:
  - {url: http://h/read, read_recent: true, required_matchers: {a: b}, filter_external_labels: false}
otlp: {translation_strategy: NoTranslation, promote_resource_attributes: [a]}
tracing: {endpoint: h:4317, insecure: true, sampling_fraction: 0.5}
`;
    expect(load(text).notes).toEqual([
      '/etc/ferula/config.yml: read and checked, but not acted on yet: ' +
        'rule_files, alerting, remote_write, remote_read, otlp, tracing',
    ]);
  });

  it('are not mentioned when they are empty', () => {
    const text =
      'rule_files:\n  # - a.yml\nalerting:\n  alertmanagers:\n    - static_configs:\n        - targets:\n';
    expect(load(text).notes).toEqual([]);
  });

  it('the same for keys of jobs', () => {
    const text = `global: {scrape_native_histograms: true}\n${job('oauth2: {client_id: i, token_url: https://h/}\nnative_histogram_bucket_limit: 100\nscrape_failure_log_file: f')}`;
    expect(load(text).notes).toEqual([
      '/etc/ferula/config.yml: read and checked, but not acted on yet: ' +
        'global.scrape_native_histograms, scrape_configs.native_histogram_bucket_limit',
    ]);
  });

  it('the parts of storage that do something are not mentioned', () => {
    expect(load('storage: {tsdb: {out_of_order_time_window: 30m}}').notes).toEqual([]);
    expect(load('storage: {tsdb: {retention: {size: 1GB}}}').notes).toEqual([
      '/etc/ferula/config.yml: read and checked, but not acted on yet: storage.tsdb.retention.size',
    ]);
    expect(load('storage: {tsdb: {retention: {time: 30d}}}').notes).toEqual([
      '/etc/ferula/config.yml: storage.tsdb.retention.time: older samples are refused, but not removed yet',
    ]);
  });

  it('keys for the Go runtime get a note of their own', () => {
    expect(load('runtime: {gogc: 75}').notes).toEqual([
      "/etc/ferula/config.yml: has no meaning outside Prometheus's own program: runtime",
    ]);
  });
});

describe('what is shown of it', () => {
  it('hides every secret and nothing else', () => {
    const secrets = `scrape_configs:
  - job_name: a # a comment stays
    basic_auth: {username: admin, password: "s3cret"}
    http_headers: {X-Key: {secrets: [s3cret, 's3cret']}}
    proxy_url: http://user:s3cret@proxy:3128/
    proxy_connect_header: {Proxy-Key: [s3cret]}
  - job_name: b
    authorization:
      credentials: s3cret
    tls_config:
      cert: public
      key: |
        -----BEGIN s3cret
        s3cret
    oauth2:
  - job_name: c
    oauth2: {client_id: i, client_secret: s3cret, token_url: https://h/t}
  - job_name: d
    bearer_token: &t s3cret
  - {job_name: e, bearer_token: *t}
`;
    expect(load(secrets).display).toBe(`scrape_configs:
  - job_name: a # a comment stays
    basic_auth: {username: admin, password: <secret>}
    http_headers: {X-Key: {secrets: [<secret>, <secret>]}}
    proxy_url: http://user:<secret>@proxy:3128/
    proxy_connect_header: {Proxy-Key: [<secret>]}
  - job_name: b
    authorization:
      credentials: <secret>
    tls_config:
      cert: public
      key: <secret>
    oauth2:
  - job_name: c
    oauth2: {client_id: i, client_secret: <secret>, token_url: https://h/t}
  - job_name: d
    bearer_token: &t <secret>
  - {job_name: e, bearer_token: *t}
`);
  });
});

describe('scrape_config_files', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ferula-config-'));
    writeFileSync(join(folder, 'a.yml'), 'scrape_configs:\n  - {job_name: a, bearer_token_file: t}\n');
    writeFileSync(join(folder, 'b.yml'), 'scrape_configs:\n  - {job_name: b, wat: 1}\n  - {job_name: a}\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('adds the jobs of the files, with the global defaults and paths beside each file', () => {
    const text = `global: {scrape_interval: 7s}\nscrape_config_files: ["${folder}/[a]*.yml", "${folder}/none*"]\n${job('scheme: https')}`;
    const file = join(folder, 'main.yml');
    expect(() => load(text, { file })).toThrow(
      `${folder}/a.yml:2:16: scrape_configs[0].job_name: the job name "a" stands already at ${file} scrape_configs[0]`,
    );
    const configs = load(text.replace('job_name: a', 'job_name: main'), { file }).scrapeConfigs;
    expect(configs.map(({ jobName }) => jobName)).toEqual(['main', 'a']);
    expect(configs[1].scrapeIntervalMs).toBe(7000);
    expect(configs[1].http.authorization?.credentialsFile).toBe(join(folder, 't'));
  });

  it('tells the errors of every file', () => {
    const text = 'wat: 1\nscrape_config_files: ["*.yml"]\n';
    let message = '';
    try {
      load(text, { file: join(folder, 'main.yaml') });
    } catch (error) {
      ({ message } = error as Error);
    }
    const lines = message.split('\n').map((line) => line.replace(`${folder}/`, ''));
    expect(lines.map((line) => line.slice(0, 12))).toEqual(['main.yaml:1:', 'b.yml:2:19: ', 'b.yml:3:16: ']);
  });
});

describe('the config.yml of this repository', () => {
  it('is accepted, scrapes nothing but Ferula itself, and so is its example', () => {
    const file = resolve(import.meta.dirname, '../../../config.yml');
    const text = readFileSync(file, 'utf8');
    const config = loadConfig(text, { file });
    expect(config.scrapeConfigs).toEqual([]);
    expect(config.global.scrapeIntervalMs).toBe(15_000);
    expect(config.ferula.scrapeSelfMs).toBe(5000);
    const uncommented = text.replace(/^#( {2}.*)/gm, '$1');
    const jobs = loadConfig(uncommented, { file }).scrapeConfigs;
    expect(jobs.map(({ jobName }) => jobName)).toEqual(['node', 'my-app']);
    expect(jobs[0].staticConfigs[0]).toEqual({
      targets: ['localhost:9100', '192.168.1.20:9100'],
      labels: { site: 'home' },
    });
  });
});
