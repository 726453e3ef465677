// Each way of finding targets, against files, a server on this machine, and a resolver made of a table.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DnsDiscoveryConfig, TargetGroup } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Discovery, DiscoveryLog } from '../../../src/discovery/discovery.ts';
import { createDnsDiscovery, type Resolver } from '../../../src/discovery/dns.ts';
import { createFileDiscovery } from '../../../src/discovery/file.ts';
import { createHttpDiscovery } from '../../../src/discovery/http.ts';

/** What a discovery has told, to be waited for. */
class Told {
  readonly groups: (readonly TargetGroup[])[] = [];
  readonly problems: string[] = [];
  #wake: () => void = () => {};
  readonly onGroups = (groups: readonly TargetGroup[]): void => {
    this.groups.push(groups);
    this.#wake();
  };
  readonly log: DiscoveryLog = (_, message, { error }) => {
    this.problems.push(`${message}: ${error}`);
    this.#wake();
  };
  async until(done: (told: Told) => boolean): Promise<void> {
    while (!done(this)) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
  get last(): readonly TargetGroup[] | undefined {
    return this.groups.at(-1);
  }
}

let stop: (() => void)[] = [];
afterEach(() => {
  for (const one of stop) one();
  stop = [];
});

function started<D extends Discovery>(discovery: D, told: Told): D {
  discovery.start(told.onGroups);
  stop.push(() => discovery.stop());
  return discovery;
}

describe('file discovery', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ferula-sd-'));
    stop.push(() => rmSync(folder, { recursive: true }));
  });

  it('reads what matches, and follows changes; a broken file keeps its last targets', async () => {
    const told = new Told();
    const path = (name: string): string => join(folder, name);
    const group = (target: string, file: string): TargetGroup => ({
      targets: [target],
      labels: { __meta_filepath: path(file) },
    });
    writeFileSync(path('a.json'), '[{"targets": ["a:1"]}]');
    writeFileSync(path('other.json'), '[{"targets": ["no:1"]}]');
    const config = {
      kind: 'file',
      files: [path('[ab]*.json'), path('*.yml')],
      refreshIntervalMs: 60_000,
    } as const;
    started(createFileDiscovery(config, told.log), told);
    expect(told.groups).toEqual([[group('a:1', 'a.json')]]);

    writeFileSync(path('c.yml'), '- targets: [c:1]\n');
    await told.until(({ last }) => last?.length === 2);
    expect(told.last).toEqual([group('a:1', 'a.json'), group('c:1', 'c.yml')]);

    writeFileSync(path('a.json'), '[{"targets"');
    await told.until(({ problems }) => problems.length > 0);
    expect(told.problems[0]).toMatch(/^target file cannot be used; its last targets stay: /);
    writeFileSync(path('c.yml'), '- targets: [c:2]\n');
    await told.until(({ last }) => last?.[1]?.targets[0] === 'c:2');
    expect(told.last).toEqual([group('a:1', 'a.json'), group('c:2', 'c.yml')]);

    rmSync(path('c.yml'));
    await told.until(({ last }) => last?.length === 1);
    expect(told.last).toEqual([group('a:1', 'a.json')]);
  });

  it('waits for a folder that is not there', () => {
    const told = new Told();
    const config = { kind: 'file', files: [join(folder, 'no/*.yml')], refreshIntervalMs: 60_000 } as const;
    started(createFileDiscovery(config, told.log), told);
    expect(told.groups).toEqual([[]]);
    expect(told.problems).toEqual([]);
  });
});

describe('HTTP discovery', () => {
  async function serve(listener: RequestListener): Promise<string> {
    const server: Server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stop.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function configure(url: string, more = ''): Parameters<typeof createHttpDiscovery>[0] {
    const text = `scrape_configs: [{job_name: a, http_sd_configs: [{url: "${url}", refresh_interval: 250ms${more}}]}]`;
    const [config] = loadConfig(text, { file: 'x.yml' }).scrapeConfigs[0].discoveries;
    if (config.kind !== 'http') throw new Error('not http');
    return config;
  }

  it('asks with credentials and stays with the last good answer', async () => {
    const asked: unknown[] = [];
    let status = 200;
    const url = await serve((request, response) => {
      const { authorization, accept, 'x-prometheus-refresh-interval-seconds': refresh } = request.headers;
      asked.push({ url: request.url, authorization, accept, refresh });
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
      response.end('[{"targets": ["a:1"], "labels": {"x": "y"}}]');
    });
    const told = new Told();
    const config = configure(`${url}/targets`, ', basic_auth: {username: u, password: p}');
    started(createHttpDiscovery(config, told.log), told);
    await told.until(({ groups }) => groups.length > 0);
    expect(told.last).toEqual([{ targets: ['a:1'], labels: { x: 'y', __meta_url: `${url}/targets` } }]);
    expect(asked[0]).toEqual({
      url: '/targets',
      authorization: 'Basic dTpw',
      accept: 'application/json',
      refresh: '0.25',
    });
    status = 500;
    const failure = 'discovery failed; its last targets stay: the server answered with HTTP status 500';
    await told.until(({ problems }) => problems.includes(failure));
    expect(told.last).toHaveLength(1);
  });

  it('refuses an answer that is not JSON', async () => {
    const url = await serve((_, response) => response.end('[]'));
    const told = new Told();
    started(createHttpDiscovery(configure(url), told.log), told);
    await told.until(({ problems }) => problems.some((line) => line.includes('found ""')));
    expect(told.groups).toEqual([]);
  });

  it('keeps credentials from another host that it is sent to', async () => {
    let seen: string | undefined = 'nothing yet';
    const other = await serve((request, response) => {
      seen = request.headers.authorization;
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
    });
    const url = await serve((_, response) => response.writeHead(302, { location: `${other}/x` }).end());
    const told = new Told();
    started(createHttpDiscovery(configure(url, ', bearer_token: t'), told.log), told);
    await told.until(({ groups }) => groups.length > 0);
    expect(seen).toBeUndefined();
  });
});

describe('DNS discovery', () => {
  const notFound = Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
  const broken = Object.assign(new Error('queryA ESERVFAIL'), { code: 'ESERVFAIL' });
  const resolver = {
    resolve4: async (name: string) => {
      if (name === 'none.example') throw notFound;
      if (name === 'broken.example') throw broken;
      return ['10.0.0.1', '10.0.0.2'];
    },
    resolve6: async () => ['fd00::1'],
    resolveMx: async () => [{ exchange: 'mx.example', priority: 1 }],
    resolveNs: async () => ['ns.example'],
    resolveSrv: async () => [{ name: 'a.example', port: 9100, priority: 0, weight: 0 }],
  } as unknown as Resolver;
  const config = (more: Partial<DnsDiscoveryConfig>): DnsDiscoveryConfig => ({
    kind: 'dns',
    names: ['x.example'],
    type: 'A',
    port: 80,
    refreshIntervalMs: 60_000,
    ...more,
  });

  const meta = { __meta_dns_name: 'x.example' };
  const cases: [type: DnsDiscoveryConfig['type'], groups: TargetGroup[]][] = [
    [
      'A',
      [
        { targets: ['10.0.0.1:80'], labels: meta },
        { targets: ['10.0.0.2:80'], labels: meta },
      ],
    ],
    ['AAAA', [{ targets: ['[fd00::1]:80'], labels: meta }]],
    ['MX', [{ targets: ['mx.example:80'], labels: { ...meta, __meta_dns_mx_record_target: 'mx.example.' } }]],
    ['NS', [{ targets: ['ns.example:80'], labels: { ...meta, __meta_dns_ns_record_target: 'ns.example.' } }]],
    [
      'SRV',
      [
        {
          targets: ['a.example:9100'],
          labels: { ...meta, __meta_dns_srv_record_target: 'a.example.', __meta_dns_srv_record_port: '9100' },
        },
      ],
    ],
  ];
  it.each(cases)('%s records', async (type, groups) => {
    const told = new Told();
    started(createDnsDiscovery(config({ type }), told.log, resolver), told);
    await told.until(({ last }) => last !== undefined);
    expect(told.last).toEqual(groups);
  });

  it('a name that does not exist has no targets; one that cannot be asked for is told', async () => {
    const told = new Told();
    const names = ['none.example', 'broken.example', 'x.example'];
    started(createDnsDiscovery(config({ names }), told.log, resolver), told);
    await told.until(({ last }) => last !== undefined);
    expect(told.last).toHaveLength(2);
    expect(told.problems).toEqual(['name cannot be looked up; its last targets stay: queryA ESERVFAIL']);
  });
});
