// The discoveries of a configuration, and the target groups of every job as they find them.
import type { Config, DiscoveryConfig, TargetGroup } from '../config/config.ts';
import type { OwnMetric } from '../threads/services.ts';
import type { Discovery, DiscoveryLog } from './discovery.ts';

/** Changes within this time are told together. */
const GATHER_MS = 200;

export interface DiscoveryManager {
  /**
   * Follows a configuration: discoveries that are in it already go on with what they know, others start or stop.
   * Static groups are known when it returns, what a new discovery finds is told by `onChange`.
   */
  apply(config: Config): void;
  /** All groups of each job, static ones first. */
  groups(): ReadonlyMap<string, readonly TargetGroup[]>;
  /** Counters and gauges for /metrics. */
  metrics(): OwnMetric[];
  close(): void;
}

export interface DiscoveryManagerOptions {
  readonly log: DiscoveryLog;
  /** Called some time after groups have changed by themselves, not for a change by `apply`. */
  readonly onChange: () => void;
  readonly create?: (config: DiscoveryConfig, log: DiscoveryLog) => Promise<Discovery>;
}

interface Running {
  readonly job: string;
  readonly kind: DiscoveryConfig['kind'];
  failures: number;
  groups: readonly TargetGroup[];
  groupsText: string;
  stop(): void;
}

export function createDiscoveryManager({
  log,
  onChange,
  create = createWhenNeeded,
}: DiscoveryManagerOptions): DiscoveryManager {
  let running = new Map<string, Running>();
  /** Which discoveries each job has, by their keys. */
  let jobs: {
    readonly name: string;
    readonly fixed: readonly TargetGroup[];
    readonly keys: readonly string[];
  }[] = [];
  let gathering: NodeJS.Timeout | undefined;

  const start = (job: string, config: DiscoveryConfig): Running => {
    let stopped = false;
    let discovery: Discovery | undefined;
    const entry: Running = {
      job,
      kind: config.kind,
      failures: 0,
      groups: [],
      groupsText: '[]',
      stop: () => {
        stopped = true;
        discovery?.stop();
      },
    };
    const onGroups = (groups: readonly TargetGroup[]): void => {
      const text = JSON.stringify(groups);
      if (text === entry.groupsText) return;
      entry.groups = groups;
      entry.groupsText = text;
      gathering ??= setTimeout(tell, GATHER_MS);
    };
    const counting: DiscoveryLog = (level, message, details) => {
      if (level === 'error') entry.failures++;
      log(level, message, { scrape_pool: job, ...details });
    };
    create(config, counting).then(
      (made) => {
        discovery = made;
        if (stopped) made.stop();
        else made.start(onGroups);
      },
      (error: Error) =>
        counting('error', 'discovery cannot start', { kind: config.kind, error: error.message }),
    );
    return entry;
  };
  const tell = (): void => {
    gathering = undefined;
    onChange();
  };

  return {
    apply: ({ scrapeConfigs }) => {
      const before = running;
      running = new Map();
      jobs = scrapeConfigs.map(({ jobName, staticConfigs, discoveries }) => {
        const keys = discoveries.map((config) => {
          const key = JSON.stringify([jobName, config]);
          if (!running.has(key)) running.set(key, before.get(key) ?? start(jobName, config));
          before.delete(key);
          return key;
        });
        return { name: jobName, fixed: staticConfigs, keys };
      });
      for (const gone of before.values()) gone.stop();
    },
    groups: () =>
      new Map(
        jobs.map(({ name, fixed, keys }) => [
          name,
          [...fixed, ...keys.flatMap((key) => running.get(key)?.groups ?? [])],
        ]),
      ),
    metrics: () => [
      {
        name: 'prometheus_sd_discovered_targets',
        type: 'gauge',
        help: 'Targets that each job has found, before relabelling.',
        samples: jobs.map(({ name, fixed, keys }) => ({
          labels: { name: 'scrape', config: name },
          value: countTargets(fixed) + sum(keys, (key) => countTargets(running.get(key)?.groups ?? [])),
        })),
      },
      {
        name: 'prometheus_sd_refresh_failures_total',
        type: 'counter',
        help: 'Lookups that failed, since the discovery was started.',
        samples: [...failuresByKind(running.values())],
      },
    ],
    close: () => {
      clearTimeout(gathering);
      for (const one of running.values()) one.stop();
      running.clear();
    },
  };
}

function countTargets(groups: readonly TargetGroup[]): number {
  return sum(groups, ({ targets }) => targets.length);
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

/** A job may have several discoveries of one kind. */
function* failuresByKind(running: Iterable<Running>): Iterable<OwnMetric['samples'][number]> {
  const totals = new Map<string, { job: string; kind: string; failures: number }>();
  for (const { job, kind, failures } of running) {
    const key = JSON.stringify([job, kind]);
    totals.set(key, { job, kind, failures: failures + (totals.get(key)?.failures ?? 0) });
  }
  for (const { job, kind, failures } of totals.values())
    yield { labels: { config: job, mechanism: kind }, value: failures };
}

/** Most configurations have static targets only, and need nothing of this. */
async function createWhenNeeded(config: DiscoveryConfig, log: DiscoveryLog): Promise<Discovery> {
  const { createDiscovery } = await import('./create.ts');
  return createDiscovery(config, log);
}
