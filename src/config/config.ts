// The configuration as the program uses it: defaults filled in, durations in milliseconds, sizes in bytes, names as
// in the YAML but camelCase. config/load.ts makes one from a file; nothing here reads anything.
import type { Labels } from '../../storage/model/labels.ts';

/** Everything a config file says. */
export interface Config {
  /** The file's own text, secrets included; shown only through `display`. */
  readonly text: string;
  /** The text with every secret replaced by `<secret>`: what /api/v1/status/config shows. */
  readonly display: string;
  readonly global: GlobalConfig;
  readonly scrapeConfigs: readonly ScrapeConfig[];
  readonly ferula: FerulaConfig;
  /** Things worth a log line: sections read but not acted on yet, keys that only mean something to Go. */
  readonly notes: readonly string[];
}

export interface GlobalConfig {
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
  readonly evaluationIntervalMs: number;
  readonly externalLabels: Labels;
}

/** One entry of `scrape_configs`, inherited values filled in. */
export interface ScrapeConfig {
  readonly jobName: string;
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
  readonly metricsPath: string;
  readonly scheme: 'http' | 'https';
  /** Query parameters, each with its values in order. */
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly bodySizeLimitBytes: number;
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  readonly targetLimit: number;
  readonly staticConfigs: readonly TargetGroup[];
}

/** Addresses that share labels, as static_configs and every discovery give them. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What Ferula adds to the format, under the key `ferula`. */
export interface FerulaConfig {
  /** How often Ferula stores its own metrics (`scrape_self`); 0: not at all. */
  readonly scrapeSelfMs: number;
}

/** A config that cannot be used. `message` names file, line, key and what was expected, one problem a line. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}
