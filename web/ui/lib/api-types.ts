// Shapes of the HTTP API's answers that the pages read. Values and times are as on the wire: seconds, numbers
// as text.

/** Label names to values; a metric's name stands under `__name__`. */
export type Labels = Readonly<Record<string, string>>;

/** Unix seconds and the value as Prometheus writes it (`1.5`, `NaN`, `+Inf`). */
export type WireSample = readonly [time: number, value: string];

export interface VectorItem {
  readonly metric: Labels;
  readonly value?: WireSample;
  readonly histogram?: readonly [time: number, histogram: unknown];
}

export interface MatrixItem {
  readonly metric: Labels;
  readonly values?: readonly WireSample[];
  readonly histograms?: readonly (readonly [time: number, histogram: unknown])[];
}

export type QueryData =
  | { readonly resultType: 'vector'; readonly result: readonly VectorItem[] }
  | { readonly resultType: 'matrix'; readonly result: readonly MatrixItem[] }
  | { readonly resultType: 'scalar'; readonly result: WireSample }
  | { readonly resultType: 'string'; readonly result: WireSample };

export interface MatrixData {
  readonly resultType: 'matrix';
  readonly result: readonly MatrixItem[];
}

/** Every answer of `/api/v1`. */
export interface Envelope<T> {
  readonly status: 'success' | 'error';
  readonly data?: T;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

export interface Target {
  readonly discoveredLabels: Labels;
  readonly labels: Labels;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly globalUrl?: string;
  readonly lastError: string;
  /** RFC 3339; the year 1 when it was never scraped. */
  readonly lastScrape: string;
  /** Seconds. */
  readonly lastScrapeDuration: number;
  readonly health: 'up' | 'down' | 'unknown';
  readonly scrapeInterval: string;
  readonly scrapeTimeout: string;
}

export interface TargetsData {
  readonly activeTargets: readonly Target[];
  readonly droppedTargets?: readonly { readonly discoveredLabels: Labels; readonly scrapePool?: string }[];
  readonly droppedTargetCounts?: Readonly<Record<string, number>>;
}

export type MetadataData = Readonly<
  Record<string, readonly { readonly type: string; readonly help: string; readonly unit: string }[]>
>;
