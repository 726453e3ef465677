// Following a configuration's discoveries, with discoveries that tell what the test says.
import { describe, expect, it } from 'vitest';
import type { Config, DiscoveryConfig, TargetGroup } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Discovery } from '../../../src/discovery/discovery.ts';
import { createDiscoveryManager } from '../../../src/discovery/manager.ts';

interface Fake {
  readonly url: string;
  tell(...targets: string[]): void;
  stopped: boolean;
}

function fakes(): { all: Fake[]; create: (config: DiscoveryConfig) => Promise<Discovery> } {
  const all: Fake[] = [];
  return {
    all,
    create: async (config) => {
      let onGroups: (groups: readonly TargetGroup[]) => void = () => {};
      const fake: Fake = {
        url: config.kind === 'http' ? config.url : '',
        tell: (...targets) => onGroups([{ targets, labels: {} }]),
        stopped: false,
      };
      all.push(fake);
      return {
        start: (callback) => {
          onGroups = callback;
        },
        stop: () => {
          fake.stopped = true;
        },
      };
    },
  };
}

function configure(...urls: string[]): Config {
  const sections = urls.map((url) => `{url: "http://${url}/"}`).join(', ');
  const text = `scrape_configs:
  - {job_name: a, static_configs: [{targets: [s:1]}], http_sd_configs: [${sections}]}
  - {job_name: b}`;
  return loadConfig(text, { file: 'x.yml' });
}

describe('discovery manager', () => {
  it('gathers groups by job, and keeps what runs over a reload', async () => {
    const { all, create } = fakes();
    const changed = { resolve: () => {} };
    const manager = createDiscoveryManager({ log: () => {}, onChange: () => changed.resolve(), create });
    const change = (): Promise<void> =>
      new Promise((resolve) => {
        changed.resolve = resolve;
      });
    const targets = (): string[] =>
      manager
        .groups()
        .get('a')
        ?.flatMap((group) => group.targets) ?? [];

    manager.apply(configure('one', 'two'));
    expect(all.map(({ url }) => url)).toEqual(['http://one/', 'http://two/']);
    expect([...manager.groups().keys()]).toEqual(['a', 'b']);
    expect(targets()).toEqual(['s:1']);

    const first = change();
    await new Promise(setImmediate); // until they have started
    all[0].tell('x:1');
    all[1].tell('y:1');
    await first;
    expect(targets()).toEqual(['s:1', 'x:1', 'y:1']);

    manager.apply(configure('two', 'three'));
    expect(all.map(({ stopped }) => stopped)).toEqual([true, false, false]);
    expect(targets()).toEqual(['s:1', 'y:1']);

    manager.close();
    await new Promise(setImmediate);
    expect(all.every(({ stopped }) => stopped)).toBe(true);
  });

  it('counts targets and failures', async () => {
    const { create } = fakes();
    const said: unknown[] = [];
    const manager = createDiscoveryManager({
      log: (level, message, details) => void said.push([level, message, details]),
      onChange: () => {},
      create: (config) => (config.kind === 'http' ? create(config) : Promise.reject(new Error('no'))),
    });
    const text = `scrape_configs:
  - {job_name: a, static_configs: [{targets: [s:1, s:2]}], dns_sd_configs: [{names: [n]}, {names: [m]}]}
  - {job_name: b, http_sd_configs: [{url: "http://u/"}]}`;
    manager.apply(loadConfig(text, { file: 'x.yml' }));
    await new Promise(setImmediate);
    const samples = manager.metrics().map(({ name, samples: all }) => [name, all]);
    expect(samples).toEqual([
      [
        'prometheus_sd_discovered_targets',
        [
          { labels: { name: 'scrape', config: 'a' }, value: 2 },
          { labels: { name: 'scrape', config: 'b' }, value: 0 },
        ],
      ],
      [
        'prometheus_sd_refresh_failures_total',
        [
          { labels: { config: 'a', mechanism: 'dns' }, value: 2 },
          { labels: { config: 'b', mechanism: 'http' }, value: 0 },
        ],
      ],
    ]);
    expect(said[0]).toEqual([
      'error',
      'discovery cannot start',
      { scrape_pool: 'a', kind: 'dns', error: 'no' },
    ]);
    manager.close();
  });
});
