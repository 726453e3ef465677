// From configuration and discovered addresses to targets: the labels before and after relabelling, the URL, interval
// and timeout, all of which labels may override.
import { compareText, type Labels, labelsFromObject, labelsToObject } from '../../storage/model/labels.ts';
import type { ScrapeConfig, TargetGroup } from '../config/config.ts';
import { formatDuration, parseDuration } from '../durations.ts';
import { compileRelabel, type Relabel } from '../relabel.ts';
import type { DroppedTarget } from '../threads/services.ts';

export interface Target {
  /** Tells targets of one job apart: labels and URL. */
  readonly key: string;
  readonly jobName: string;
  readonly discoveredLabels: Readonly<Record<string, string>>;
  /** What every series of the target gets. */
  readonly labels: Labels;
  readonly url: string;
  /** The Unix socket that connections go to (label `__unix_socket__`); '' for the URL's own host. */
  readonly socketPath: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface JobTargets {
  readonly targets: readonly Target[];
  readonly dropped: readonly DroppedTarget[];
  /** Addresses and labels that make no target, and why. */
  readonly problems: readonly string[];
}

/** All targets of a job, each once. */
export function jobTargets(config: ScrapeConfig, groups: readonly TargetGroup[]): JobTargets {
  const targets = new Map<string, Target>();
  const dropped: DroppedTarget[] = [];
  const problems: string[] = [];
  const relabel = compileRelabel(config.relabelConfigs);
  for (const group of groups) {
    for (const address of group.targets) {
      const discovered = discoveredLabels(config, group, address);
      try {
        const target = makeTarget(config, discovered, relabel);
        if (target === null) dropped.push({ discoveredLabels: discovered, scrapePool: config.jobName });
        else if (!targets.has(target.key)) targets.set(target.key, target);
      } catch (error) {
        problems.push(`target ${JSON.stringify(address)}: ${(error as Error).message}`);
      }
    }
  }
  return { targets: [...targets.values()], dropped, problems };
}

/** What relabelling sees: the group's labels, the address, and the job's settings where no label overrides them. */
function discoveredLabels(config: ScrapeConfig, group: TargetGroup, address: string): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  for (const [name, values] of Object.entries(config.params)) {
    if (values.length > 0) labels[`__param_${name}`] = values[0];
  }
  labels.job = config.jobName;
  labels.__scrape_interval__ = formatDuration(config.scrapeIntervalMs);
  labels.__scrape_timeout__ = formatDuration(config.scrapeTimeoutMs);
  labels.__metrics_path__ = config.metricsPath;
  labels.__scheme__ = config.scheme;
  for (const [name, value] of Object.entries(group.labels)) if (value !== '') labels[name] = value;
  labels.__address__ = address;
  const sorted: Record<string, string> = {};
  for (const name of Object.keys(labels).sort(compareText)) sorted[name] = labels[name];
  return sorted;
}

/** null: relabelling drops it. @throws Error where what relabelling left makes no target. */
function makeTarget(
  config: ScrapeConfig,
  discovered: Readonly<Record<string, string>>,
  relabel: Relabel,
): Target | null {
  const relabelled = relabel(labelsFromObject(discovered));
  if (relabelled === null) return null;
  const all = labelsToObject(relabelled);
  if (!all.__address__) throw new Error('no address');
  if (all.__address__.includes('/')) {
    throw new Error(
      `${JSON.stringify(all.__address__)} is not a valid host and port (a path belongs in metrics_path)`,
    );
  }
  const intervalMs = duration(all, '__scrape_interval__');
  const timeoutMs = duration(all, '__scrape_timeout__');
  if (timeoutMs > intervalMs) {
    throw new Error(
      `scrape timeout cannot be greater than scrape interval (${all.__scrape_timeout__} > ${all.__scrape_interval__})`,
    );
  }
  all.instance ||= all.__address__;
  const labels = labelsFromObject(
    Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('__'))),
  );
  const url = targetUrl(config, all);
  const socketPath = all.__unix_socket__ ?? '';
  return {
    key: JSON.stringify([url, ...labels, ...(socketPath === '' ? [] : [socketPath])]),
    jobName: config.jobName,
    discoveredLabels: discovered,
    labels,
    url,
    socketPath,
    intervalMs,
    timeoutMs,
  };
}

function targetUrl(config: ScrapeConfig, labels: Readonly<Record<string, string>>): string {
  const scheme = labels.__scheme__ ?? '';
  if (scheme !== 'http' && scheme !== 'https') throw new Error(`invalid scheme ${JSON.stringify(scheme)}`);
  const params = new Map<string, string[]>();
  for (const [name, values] of Object.entries(config.params)) params.set(name, [...values]);
  for (const [label, value] of Object.entries(labels)) {
    if (!label.startsWith('__param_')) continue;
    const name = label.slice('__param_'.length);
    params.set(name, [value, ...(params.get(name) ?? []).slice(1)]);
  }
  const query = new URLSearchParams();
  for (const name of [...params.keys()].sort(compareText)) {
    for (const value of params.get(name) ?? []) query.append(name, value);
  }
  // A path is a path, as upstream: what would end one in a URL is escaped.
  const path = (labels.__metrics_path__ ?? '').replace(/[?#%]/g, encodeURIComponent);
  const text = `${scheme}://${labels.__address__}${path.startsWith('/') ? path : `/${path}`}`;
  if (!URL.canParse(text)) throw new Error(`${JSON.stringify(text)} is not a valid URL`);
  const url = new URL(text);
  url.search = query.toString();
  return url.href;
}

/** The positive duration that a label holds. */
function duration(labels: Readonly<Record<string, string>>, name: string): number {
  const text = labels[name] ?? '';
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`${name} is ${JSON.stringify(text)}, not a duration such as 15s`);
  if (ms === 0) throw new Error(`${name} cannot be 0`);
  return ms;
}
