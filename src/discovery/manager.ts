// The discoveries of a configuration, and the target groups of every job as they find them.
import type { Config, DiscoveryConfig, TargetGroup } from '../config/config.ts';
import type { Discovery, DiscoveryLog } from './discovery.ts';
import { createDnsDiscovery } from './dns.ts';
import { createDockerDiscovery } from './docker.ts';
import { createFileDiscovery } from './file.ts';
import { createHttpDiscovery } from './http.ts';

/** Changes within this time are told together. */
const GATHER_MS = 200;

export interface DiscoveryManager {
  /**
   * Follows a configuration: discoveries that are in it already go on with what they know, others start or stop.
   * Static groups and files are known when it returns.
   */
  apply(config: Config): void;
  /** All groups of each job, static ones first. */
  groups(): ReadonlyMap<string, readonly TargetGroup[]>;
  close(): void;
}

export interface DiscoveryManagerOptions {
  readonly log: DiscoveryLog;
  /** Called some time after groups have changed by themselves, not for a change by `apply`. */
  readonly onChange: () => void;
  readonly create?: (config: DiscoveryConfig, log: DiscoveryLog) => Discovery;
}

interface Running {
  readonly discovery: Discovery;
  groups: readonly TargetGroup[];
  groupsText: string;
}

export function createDiscoveryManager({
  log,
  onChange,
  create = createDiscovery,
}: DiscoveryManagerOptions): DiscoveryManager {
  let running = new Map<string, Running>();
  /** Which discoveries each job has, by their keys. */
  let jobs: {
    readonly name: string;
    readonly fixed: readonly TargetGroup[];
    readonly keys: readonly string[];
  }[] = [];
  let applying = false;
  let gathering: NodeJS.Timeout | undefined;

  const start = (config: DiscoveryConfig): Running => {
    const entry: Running = { discovery: create(config, log), groups: [], groupsText: '[]' };
    entry.discovery.start((groups) => {
      const text = JSON.stringify(groups);
      if (text === entry.groupsText) return;
      entry.groups = groups;
      entry.groupsText = text;
      if (!applying) gathering ??= setTimeout(tell, GATHER_MS);
    });
    return entry;
  };
  const tell = (): void => {
    gathering = undefined;
    onChange();
  };

  return {
    apply: ({ scrapeConfigs }) => {
      applying = true;
      const before = running;
      running = new Map();
      jobs = scrapeConfigs.map(({ jobName, staticConfigs, discoveries }) => {
        const keys = discoveries.map((config) => {
          const key = JSON.stringify([jobName, config]);
          if (!running.has(key)) running.set(key, before.get(key) ?? start(config));
          before.delete(key);
          return key;
        });
        return { name: jobName, fixed: staticConfigs, keys };
      });
      for (const { discovery } of before.values()) discovery.stop();
      applying = false;
    },
    groups: () =>
      new Map(
        jobs.map(({ name, fixed, keys }) => [
          name,
          [...fixed, ...keys.flatMap((key) => running.get(key)?.groups ?? [])],
        ]),
      ),
    close: () => {
      clearTimeout(gathering);
      for (const { discovery } of running.values()) discovery.stop();
      running.clear();
    },
  };
}

function createDiscovery(config: DiscoveryConfig, log: DiscoveryLog): Discovery {
  switch (config.kind) {
    case 'file':
      return createFileDiscovery(config, log);
    case 'http':
      return createHttpDiscovery(config, log);
    case 'dns':
      return createDnsDiscovery(config, log);
    case 'docker':
      return createDockerDiscovery(config, log);
  }
}
