// The configuration as the program uses it: defaults filled in, durations in milliseconds, sizes in bytes, names as
// in the YAML but camelCase. config/load.ts makes one from a file; nothing here reads anything. All of it is plain
// data, so it can be sent to another thread.
import type { Labels } from '../../storage/model/labels.ts';

/** Everything a config file says. */
export interface Config {
  /** The file's own text, secrets included; shown only through `display`. */
  readonly text: string;
  /** The text with every secret replaced by `<secret>`: what /api/v1/status/config shows. */
  readonly display: string;
  readonly global: GlobalConfig;
  /** In the order of the file, then those of `scrape_config_files`. */
  readonly scrapeConfigs: readonly ScrapeConfig[];
  /** Absolute patterns; only the last part may hold wildcards. */
  readonly ruleFiles: readonly string[];
  readonly storage: StorageConfig;
  readonly ferula: FerulaConfig;
  /** Things worth a log line: sections read but not acted on yet, keys that only mean something to Go. */
  readonly notes: readonly string[];
}

export interface GlobalConfig {
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
  readonly evaluationIntervalMs: number;
  /** By how much rules look into the past. */
  readonly ruleQueryOffsetMs: number;
  /** Where every query is logged; '': nowhere. */
  readonly queryLogFile: string;
  readonly externalLabels: Labels;
}

/** What `storage` says beside the flags. null: not said, the flag or the default holds. */
export interface StorageConfig {
  readonly outOfOrderTimeWindowMs: number | null;
  readonly retentionTimeMs: number | null;
  readonly retentionSizeBytes: number | null;
}

/** Exposition formats by their names in `scrape_protocols`. */
export type ScrapeProtocol =
  | 'PrometheusProto'
  | 'PrometheusText0.0.4'
  | 'PrometheusText1.0.0'
  | 'OpenMetricsText0.0.1'
  | 'OpenMetricsText1.0.0';

/** One entry of `scrape_configs`, inherited values filled in. A limit of 0 is no limit. */
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
  readonly trackTimestampsStaleness: boolean;
  /** Formats to ask for, best first. */
  readonly scrapeProtocols: readonly ScrapeProtocol[];
  /** Format to assume where a target's Content-Type names none; null: such a scrape fails. */
  readonly fallbackScrapeProtocol: ScrapeProtocol | null;
  /** null: not written; then compression is asked for, except from targets on this machine. */
  readonly enableCompression: boolean | null;
  /** Where failed scrapes are logged; '': nowhere. */
  readonly scrapeFailureLogFile: string;
  /** null: not written, the scraper's own limit holds; 0: no limit. */
  readonly bodySizeLimitBytes: number | null;
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  readonly targetLimit: number;
  /** Different series that the job's targets may have within a day; beyond it scrapes with new series fail. */
  readonly seriesLimit: number;
  /** How many dropped targets are remembered for display; 0: all. */
  readonly keepDroppedTargets: number;
  readonly metricNameValidationScheme: 'utf8' | 'legacy';
  readonly metricNameEscapingScheme: 'allow-utf-8' | 'underscores' | 'dots' | 'values';
  readonly scrapeNativeHistograms: boolean;
  readonly alwaysScrapeClassicHistograms: boolean;
  readonly convertClassicHistogramsToNhcb: boolean;
  /** Stores the limits and timeouts of a scrape as series too. */
  readonly extraScrapeMetrics: boolean;
  readonly nativeHistogramBucketLimit: number;
  readonly nativeHistogramMinBucketFactor: number;
  readonly http: HttpClientConfig;
  /** Applied to a target's labels before it is scraped. */
  readonly relabelConfigs: readonly RelabelRule[];
  /** Applied to the labels of every scraped sample. */
  readonly metricRelabelConfigs: readonly RelabelRule[];
  readonly staticConfigs: readonly TargetGroup[];
  /** Where more target groups come from. */
  readonly discoveries: readonly DiscoveryConfig[];
}

/** Addresses that share labels, as static_configs and every discovery give them. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export type RelabelAction =
  | 'replace'
  | 'lowercase'
  | 'uppercase'
  | 'keep'
  | 'drop'
  | 'keepequal'
  | 'dropequal'
  | 'hashmod'
  | 'labelmap'
  | 'labeldrop'
  | 'labelkeep';

/** One relabelling rule, defaults filled in; src/relabel.ts compiles and applies lists of them. */
export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  /** RE2, matched against the whole of the joined source labels. */
  readonly regex: string;
  readonly modulus: number;
  /** Label to write; `replace` may use `$1` in it. */
  readonly targetLabel: string;
  readonly replacement: string;
}

/** How a discovery finds targets, by the name of its section. */
export type DiscoveryConfig =
  | FileDiscoveryConfig
  | HttpDiscoveryConfig
  | DnsDiscoveryConfig
  | DockerDiscoveryConfig;

export interface FileDiscoveryConfig {
  readonly kind: 'file';
  /** Absolute patterns; only the last part may hold wildcards. */
  readonly files: readonly string[];
  readonly refreshIntervalMs: number;
}

export interface HttpDiscoveryConfig {
  readonly kind: 'http';
  readonly url: string;
  readonly refreshIntervalMs: number;
  readonly http: HttpClientConfig;
}

export interface DnsDiscoveryConfig {
  readonly kind: 'dns';
  readonly names: readonly string[];
  readonly type: 'A' | 'AAAA' | 'MX' | 'NS' | 'SRV';
  /** Port of targets whose record has none. */
  readonly port: number;
  readonly refreshIntervalMs: number;
}

export interface DockerDiscoveryConfig {
  readonly kind: 'docker';
  /** `unix:///var/run/docker.sock`, `tcp://host:2375`, `http://…` or `https://…`. */
  readonly host: string;
  /** Port of containers that expose none. */
  readonly port: number;
  /** Filters of Docker's own list of containers. */
  readonly filters: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** Address of containers that use their host's network. */
  readonly hostNetworkingHost: string;
  /** Take a container's first network only. */
  readonly matchFirstNetwork: boolean;
  readonly refreshIntervalMs: number;
  readonly http: HttpClientConfig;
}

/** How to talk to a target or service over HTTP. Files are absolute paths, read when used; '' and null: not set. */
export interface HttpClientConfig {
  readonly basicAuth: BasicAuthConfig | null;
  readonly authorization: AuthorizationConfig | null;
  readonly oauth2: OAuth2Config | null;
  readonly tls: TlsConfig;
  readonly proxy: ProxyConfig;
  readonly followRedirects: boolean;
  readonly enableHttp2: boolean;
  readonly headers: readonly HttpHeaderConfig[];
}

export interface BasicAuthConfig {
  readonly username: string;
  readonly usernameFile: string;
  readonly password: string;
  readonly passwordFile: string;
}

export interface AuthorizationConfig {
  readonly type: string;
  readonly credentials: string;
  readonly credentialsFile: string;
}

/** Client credentials by RFC 6749, section 4.4. */
export interface OAuth2Config {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientSecretFile: string;
  readonly scopes: readonly string[];
  readonly tokenUrl: string;
  readonly endpointParams: Readonly<Record<string, string>>;
  readonly tls: TlsConfig;
  readonly proxy: ProxyConfig;
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Certificates and keys as PEM text or as files. */
export interface TlsConfig {
  readonly ca: string;
  readonly caFile: string;
  readonly cert: string;
  readonly certFile: string;
  readonly key: string;
  readonly keyFile: string;
  readonly serverName: string;
  readonly insecureSkipVerify: boolean;
  readonly minVersion: TlsVersion | null;
  readonly maxVersion: TlsVersion | null;
}

export interface ProxyConfig {
  readonly url: string;
  /** Hosts that are reached directly, separated by commas. */
  readonly noProxy: string;
  readonly fromEnvironment: boolean;
  readonly connectHeaders: Readonly<Record<string, readonly string[]>>;
}

/** A header to send: values as written, then secret ones, then the contents of files. */
export interface HttpHeaderConfig {
  readonly name: string;
  readonly values: readonly string[];
  readonly secrets: readonly string[];
  readonly files: readonly string[];
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
