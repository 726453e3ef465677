// Fragments of config files that are refused, and in which words.
import { describe, expect, it } from 'vitest';
import { errorsOf, job } from './support.ts';

describe('refused', () => {
  const cases: [text: string, ...errors: string[]][] = [
    ['a', '1:1: expected a mapping (key: value), found a value'],
    ['- a', '1:1: expected a mapping (key: value), found a list'],
    ['scrap_configs: []', '1:1: unknown key "scrap_configs"; did you mean "scrape_configs"?'],
    ['ferula: {colour: red}', '1:10: unknown key "colour" in ferula; known keys: scrape_self'],
    [
      'global: {scrape_interval: 15}',
      '1:27: global.scrape_interval: expected a duration such as 15s, 1m30s or 2h, found "15"',
    ],
    [
      'global: {scrape_interval: 1.5s}',
      '1:27: global.scrape_interval: expected a duration such as 15s, 1m30s or 2h, found "1.5s"',
    ],
    [
      'global: {scrape_interval: 5s, scrape_timeout: 6s}',
      '1:47: global.scrape_timeout: must not be longer than the scrape interval (5 s)',
    ],
    ['global: {external_labels: {"": x}}', '1:28: global.external_labels: a label name is empty'],
    [
      'global: {metric_name_validation_scheme: legacy, external_labels: {"a.b": x}}',
      '1:66: global.external_labels: "a.b" is not a valid label name (legacy scheme)',
    ],
    ['scrape_configs: {a: b}', '1:17: scrape_configs: expected a list'],
    ['scrape_configs: [~]', '1:18: scrape_configs[0]: empty entry in a list'],
    ['scrape_configs: [{scrape_interval: 5s}]', '1:18: scrape_configs[0]: job_name is missing'],
    ['scrape_configs: [{job_name: ""}]', '1:29: scrape_configs[0].job_name: is empty'],
    [
      'scrape_configs:\n  - job_name: a\n  - job_name: a\n',
      '3:15: scrape_configs[1].job_name: the job name "a" stands already at /etc/ferula/config.yml scrape_configs[0]',
    ],
    ['scrape_configs:\n- job_name: a\n  job_name: b\n', '3:3: the key job_name stands twice in this mapping'],
    [
      job('scrape_interval: 5s\nscrape_timeout: 10s'),
      '4:21: scrape_configs[0].scrape_timeout: must not be longer than the scrape interval (5 s)',
    ],
    [
      job('scheme: htps'),
      '3:13: scrape_configs[0].scheme: expected one of http, https, found "htps"; did you mean "https"?',
    ],
    [
      job('honor_labels: maybe'),
      '3:19: scrape_configs[0].honor_labels: expected true or false, found "maybe"',
    ],
    [
      job('sample_limit: -1'),
      '3:19: scrape_configs[0].sample_limit: expected a whole number that is not negative, found "-1"',
    ],
    [
      job('body_size_limit: 10'),
      '3:22: scrape_configs[0].body_size_limit: expected a size with its unit, such as 512KB, 10MB or 1.5GB, found "10"',
    ],
    [job('scrape_protocols: []'), '3:23: scrape_configs[0].scrape_protocols: needs at least one protocol'],
    [
      job('scrape_protocols: [PrometheusText0.0.4, PrometheusText0.0.4]'),
      '3:23: scrape_configs[0].scrape_protocols: a protocol stands in it twice',
    ],
    [
      job('metric_name_validation_scheme: legacy\nmetric_name_escaping_scheme: allow-utf-8'),
      '4:34: scrape_configs[0].metric_name_escaping_scheme: allow-utf-8 needs metric_name_validation_scheme utf8',
    ],
    [
      job('static_configs: [{targets: [http://b:1/metrics]}]'),
      '3:21: scrape_configs[0].static_configs: target "http://b:1/metrics": write host:port only; the rest of a URL goes into scheme, metrics_path and params',
    ],
    [
      job('ec2_sd_configs: [{region: x}]'),
      '3:21: scrape_configs[0].ec2_sd_configs: there is no ec2 discovery; let a script write the targets to a file for file_sd_configs, or serve them as JSON for http_sd_configs',
    ],
    [
      job('docker_sd_configs: [{host: /var/run/docker.sock}]'),
      '3:32: scrape_configs[0].docker_sd_configs[0].host: expected unix:///var/run/docker.sock, tcp://host:port or a URL, found "/var/run/docker.sock"',
    ],
    [
      job('dsn_sd_configs: []'),
      '3:5: unknown key "dsn_sd_configs" in scrape_configs[0]; did you mean "dns_sd_configs"?',
    ],
    [
      job('file_sd_configs: [{files: [a.txt]}]'),
      '3:31: scrape_configs[0].file_sd_configs[0].files: "a.txt" must end in .json, .yml or .yaml, with * only in its last part',
    ],
    [
      job('dns_sd_configs: [{names: [a], type: A}]'),
      '3:22: scrape_configs[0].dns_sd_configs[0]: records of type A carry no port; set port',
    ],
    [
      job('http_sd_configs: [{url: "ftp"}]'),
      '3:29: scrape_configs[0].http_sd_configs[0].url: expected a URL such as http://host:9090/path, found "ftp"',
    ],
    [
      job('relabel_configs: [{action: replce}]'),
      '3:32: scrape_configs[0].relabel_configs[0].action: expected one of replace, lowercase, uppercase, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, found "replce"',
      '3:23: scrape_configs[0].relabel_configs[0]: action replace needs target_label',
    ],
    [
      job('relabel_configs: [{action: hashmod, target_label: a}]'),
      '3:23: scrape_configs[0].relabel_configs[0]: hashmod needs a modulus above 0',
    ],
    [
      job("relabel_configs: [{regex: '(?=a)', target_label: x}]"),
      '3:31: scrape_configs[0].relabel_configs[0].regex: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    [
      job('relabel_configs: [{action: labeldrop, source_labels: [a]}]'),
      '3:58: scrape_configs[0].relabel_configs[0].source_labels: has no meaning with action labeldrop; leave it out',
    ],
    [
      job('basic_auth: {username: u, password: p, password_file: f}'),
      '3:59: scrape_configs[0].basic_auth.password_file: password and password_file exclude each other',
    ],
    [
      job('basic_auth: {username: u}\nbearer_token: t'),
      '4:19: scrape_configs[0].bearer_token: only one of basic_auth, bearer_token can be used',
    ],
    [
      job('authorization: {type: Basic}'),
      '3:27: scrape_configs[0].authorization.type: use basic_auth instead of type Basic',
    ],
    [job('oauth2: {client_id: i}'), '3:13: scrape_configs[0].oauth2: token_url is missing'],
    [
      job('tls_config: {cert: c}'),
      '3:17: scrape_configs[0].tls_config: a client certificate needs its key: set key or key_file',
    ],
    [job('no_proxy: a'), '3:15: scrape_configs[0].no_proxy: no_proxy needs proxy_url'],
    [
      job('http_headers: {Host: {values: [a]}}'),
      '3:20: scrape_configs[0].http_headers: Host is set by the client and cannot be changed',
    ],
    ['scrape_configs: [&x {job_name: a, <<: *x}]', '1:39: <<: a mapping cannot be merged into itself'],
    ['scrape_configs: [{job_name: a, <<: 3}]', '1:36: <<: expected a mapping to merge, or a list of them'],
    ['remote_write: [{}]', '1:16: remote_write[0]: url is missing'],
    [
      'remote_write: [{url: http://h, sigv4: {}, basic_auth: {}}]',
      '1:39: remote_write[0].sigv4: only one of basic_auth, sigv4 can be used',
    ],
    [
      'rule_files: ["a/*/b.yml"]',
      '1:14: rule_files[0]: expected a path with * only in its last part, found "a/*/b.yml"',
    ],
    ['tracing: {insecure: true}', '1:10: tracing: endpoint is missing'],
    [
      'storage: {tsdb: {retention: {percentage: 101}}}',
      '1:42: storage.tsdb.retention.percentage: expected a percentage from 0 to 100, found "101"',
    ],
    [
      'otlp: {ignore_resource_attributes: [a]}',
      '1:36: otlp.ignore_resource_attributes: needs promote_all_resource_attributes: true',
    ],
  ];
  const titled = cases.map(([text, ...errors]) => ({ title: errors[0], text, errors }));
  it.each(titled)('$title', ({ text, errors }) => {
    expect(errorsOf(text).sort()).toEqual(errors.sort());
  });

  it('finds every error at once, in the order of the file', () => {
    const text =
      'global:\n  wat: 1\n  scrape_interval: x\nscrape_configs:\n  - scheme: ftp\nremote_read: 3\n';
    expect(errorsOf(text).map((line) => line.split(':')[0])).toEqual(['2', '3', '5', '5', '6']);
  });

  it('tells where the YAML itself is broken', () => {
    const [first] = errorsOf('global:\n  scrape_interval: 15s\n scrape_configs: []\n');
    expect(first).toBe('3:1: All mapping items must start at the same column');
  });
});
