// The flags of `ferula serve`.
import { describe, expect, it } from 'vitest';
import { parseServeFlags, type ServeFlags } from '../../../src/cli/flags.ts';
import { Printed, UsageError } from '../../../src/cli/usage.ts';

describe('defaults', () => {
  it('are those of a machine of one', () => {
    const { values, ...flags } = parseServeFlags([]);
    expect(flags).toEqual({
      configFile: undefined,
      expandEnv: false,
      autoReloadMs: 0,
      storagePath: 'data/ferula.db',
      synchronous: 'normal',
      retentionMs: 0,
      retentionBytes: 0,
      maxSeries: 0,
      listen: [{ host: '127.0.0.1', port: 9090 }],
      externalUrl: '',
      routePrefix: '',
      corsOrigin: '',
      pageTitle: 'Ferula',
      enableLifecycle: false,
      enableAdminApi: false,
      enableRemoteWriteReceiver: false,
      enablePush: false,
      enableOtlpReceiver: false,
      queryTimeoutMs: 30_000,
      lookbackMs: 300_000,
      queryMaxConcurrency: 20,
      queryMaxSamples: 50_000_000,
      queryMaxMemoryBytes: 512 * 2 ** 20,
      strictPromql: false,
      features: new Set(),
      log: { level: 'info', format: 'logfmt' },
      notes: [],
    } satisfies Omit<ServeFlags, 'values'>);
    expect(values).toMatchObject({
      'web.listen-address': '127.0.0.1:9090',
      'query.timeout': '30s',
      'web.enable-lifecycle': 'false',
      'storage.tsdb.retention.time': '',
    });
  });
});

describe('accepted', () => {
  const cases: [args: string[], expected: Partial<ServeFlags>][] = [
    [['--config.file=a.yml'], { configFile: 'a.yml' }],
    [['--config.file', 'a.yml'], { configFile: 'a.yml' }],
    [['--storage.path=x.db'], { storagePath: 'x.db' }],
    [['--storage.tsdb.path=/var/lib/x/'], { storagePath: '/var/lib/x/ferula.db' }],
    [['--storage.synchronous=full'], { synchronous: 'full' }],
    [['--storage.tsdb.retention.time=15d'], { retentionMs: 1_296_000_000 }],
    [['--web.listen-address=:9191'], { listen: [{ host: '::', port: 9191 }] }],
    [
      ['--web.listen-address=0.0.0.0:1', '--web.listen-address', '[::1]:2'],
      {
        listen: [
          { host: '0.0.0.0', port: 1 },
          { host: '::1', port: 2 },
        ],
      },
    ],
    [['--web.enable-lifecycle', '--web.enable-admin-api'], { enableLifecycle: true, enableAdminApi: true }],
    [
      ['--web.enable-lifecycle=true', '--web.enable-admin-api=false'],
      { enableLifecycle: true, enableAdminApi: false },
    ],
    [['--web.enable-lifecycle', '--no-web.enable-lifecycle'], { enableLifecycle: false }],
    [['--web.enable-remote-write-receiver'], { enableRemoteWriteReceiver: true }],
    [['--query.timeout=2m', '--query.lookback-delta=10m'], { queryTimeoutMs: 120_000, lookbackMs: 600_000 }],
    [
      ['--query.max-samples=10', '--query.max-memory=1GB', '--query.max-concurrency=4'],
      { queryMaxSamples: 10, queryMaxMemoryBytes: 2 ** 30, queryMaxConcurrency: 4 },
    ],
    [['--enable-feature=a-b', '--enable-feature=c,d'], { features: new Set(['a-b', 'c', 'd']) }],
    [['--log.level=debug', '--log.format=json'], { log: { level: 'debug', format: 'json' } }],
    [['--config.auto-reload'], { autoReloadMs: 30_000 }],
    [['--enable-feature=auto-reload-config', '--config.auto-reload-interval=1m'], { autoReloadMs: 60_000 }],
    [['--strict-promql', '--config.expand-env'], { strictPromql: true, expandEnv: true }],
  ];
  it.each(cases)('%j', (args, expected) => {
    expect(parseServeFlags(args)).toMatchObject(expected);
  });

  it('shows flags as they were written', () => {
    const { values } = parseServeFlags([
      '--query.timeout',
      '120s',
      '--query.max-memory=1024MB',
      '--enable-feature=a',
      '--enable-feature=b',
      '--web.enable-lifecycle',
    ]);
    expect(values).toMatchObject({
      'query.timeout': '120s',
      'query.max-memory': '1024MB',
      'enable-feature': 'a,b',
      'web.enable-lifecycle': 'true',
    });
  });

  it('takes a command line of Prometheus, and says once what has no effect', () => {
    const { notes } = parseServeFlags([
      '--config.file=/etc/prometheus/prometheus.yml',
      '--storage.tsdb.path=/prometheus',
      '--storage.tsdb.retention.time=30d',
      '--storage.tsdb.wal-compression',
      '--storage.tsdb.no-lockfile',
      '--no-storage.tsdb.allow-overlapping-blocks',
      '--web.console.libraries=/usr/share/prometheus/console_libraries',
      '--web.console.templates=/usr/share/prometheus/consoles',
      '--web.external-url=http://x/prom',
      '--rules.alert.resend-delay=2m',
      '--enable-feature=promql-at-modifier,wat',
    ]);
    expect(notes).toEqual([
      '--storage.tsdb.retention.time: older samples are refused, but not removed yet',
      'flags without effect yet: --web.external-url, --rules.alert.resend-delay',
      "flags that only tune Prometheus's own program are ignored: --web.console.templates, " +
        '--web.console.libraries, --storage.tsdb.wal-compression, --storage.tsdb.no-lockfile, ' +
        '--storage.tsdb.allow-overlapping-blocks',
      '--enable-feature: unknown, ignored: wat',
    ]);
  });
});

describe('refused, in one line', () => {
  const cases: [args: string[], message: string][] = [
    [['--web.listen-adress=:1'], 'unknown flag --web.listen-adress; did you mean --web.listen-address?'],
    [['--wat'], 'unknown flag --wat; --help lists them all'],
    [['stray'], 'too many arguments. Expected 0 arguments but got 1: stray.'],
    [['--config.file'], "option '--config.file <text>' argument missing"],
    [
      ['--query.timeout=5'],
      "option '--query.timeout <duration>' argument '5' is invalid. It must be a duration such as 30s, 5m or 15d.",
    ],
    [
      ['--query.max-memory=5'],
      "option '--query.max-memory <bytes>' argument '5' is invalid. It must be a size with its unit, such as 512MB.",
    ],
    [
      ['--query.max-samples=-1'],
      "option '--query.max-samples <number>' argument '-1' is invalid. It must be a whole number.",
    ],
    [
      ['--log.level=loud'],
      "option '--log.level <word>' argument 'loud' is invalid. Allowed choices are debug, info, warn, error.",
    ],
    [
      ['--storage.path=a', '--storage.tsdb.path=b'],
      '--storage.path and --storage.tsdb.path say the same thing; give one of them',
    ],
    [
      ['--web.listen-address=localhost'],
      '--web.listen-address: Cannot listen on "localhost": expected host:port, such as 127.0.0.1:9090',
    ],
    [
      ['--web.config.file=x'],
      "option '--web.config.file <file>' argument 'x' is invalid. TLS and login are not supported yet; put a reverse proxy in front.",
    ],
  ];
  it.each(cases)('%j', (args, message) => {
    let error: unknown;
    try {
      parseServeFlags(args);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toBe(message);
  });
});

describe('help and version', () => {
  it('are printed, not errors', () => {
    for (const flag of ['--help', '-h', '--version']) expect(() => parseServeFlags([flag])).toThrow(Printed);
  });

  it('help has the flags that do something', () => {
    let text = '';
    try {
      parseServeFlags(['--help']);
    } catch (error) {
      ({ text } = error as Printed);
    }
    for (const flag of ['--config.file', '--storage.path', '--web.listen-address', '--log.level'])
      expect(text).toContain(flag);
    expect(text).not.toContain('wal-compression');
    expect(text).not.toContain('undefined');
  });
});
