// The ingest service: the one owner of the store's writer. Scrapes, takes remote writes and an embedding program's own
// samples, gathers them into commits, and applies the folds that read threads have computed.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { uncompress } from 'snappyjs';
import { openStore, type Patch, StorageError, type StoreOptions, type Writer } from '../../storage/index.ts';
import type { Labels } from '../../storage/model/labels.ts';
import type { AppendCounts } from '../../storage/sink.ts';
import type { Config } from '../config/config.ts';
import { createDiscoveryManager, type DiscoveryManager } from '../discovery/manager.ts';
import { nativeBinding } from '../packaging.ts';
import { PushError, PushGroups } from '../push/groups.ts';
import { SeriesCache } from '../remote/series-cache.ts';
import { checkedLabels, decodeWriteRequest, type WriteRequest } from '../remote/write-request.ts';
import { decodeWriteRequestV2, type SymbolCache } from '../remote/write-request-v2.ts';
import { ScrapeManager, type ScrapeManagerOptions } from '../scrape/manager.ts';
import { VERSION } from '../version.ts';
import { type Committer, createCommitter } from './committer.ts';
import { type ParsedText, parseText } from './parse-text.ts';
import type {
  ImportOptions,
  IngestService,
  MainThread,
  OwnMetric,
  OwnMetrics,
  OwnSample,
  PushRequest,
  RemoteWriteVersion,
  TargetMetadata,
  TargetsState,
  WriteOutcome,
} from './services.ts';

export interface IngestOptions {
  readonly storePath: string;
  readonly store: StoreOptions;
  /** How long samples may be gathered before a commit. */
  readonly commitDelayMs: number;
  /** Jobs that this process offers itself; the main thread has their functions. */
  readonly inProcessJobs: readonly string[];
  /** Their `instance` label. */
  readonly inProcessInstance: string;
}

/** What the main thread may ask of ingest beyond the service's face to the rest of the program. */
export interface IngestThread extends IngestService {
  /** Resolves once the store is open; rejects with what is wrong with it. */
  ready(): Promise<void>;
  /** Commits a computed fold or merge slice by slice; scrapes go on between slices. */
  applyPatch(patch: Patch): Promise<void>;
  /** Gives free space back to the file system, slice by slice. */
  shrink(): Promise<void>;
}

/** The decoded size of a remote-write body that is still taken, as upstream's. */
const REMOTE_WRITE_BYTES_MAX = 32 * 1024 * 1024;
/** The scraper's own count of samples that it stored. */
const SCRAPED_SAMPLES = 'ferula_scraped_samples_total';
const LABEL_CACHE_BYTES_MAX = 64 * 1024 * 1024;

/** Opens the store for writing and starts the service; scraping begins with the first `applyConfig`. */
export function startIngest(options: IngestOptions, main: MainThread): IngestThread {
  makeFolder(dirname(options.storePath));
  const store = openStore(options.storePath, { ...options.store, nativeBinding: nativeBinding() });
  return new Ingest(store.writer(), () => store.close(), options, main);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const reason = (error as Error).message;
    throw new StorageError(
      'unreadable',
      `The folder ${folder} cannot be made (${reason}); see --storage.path`,
    );
  }
}

class Ingest implements IngestThread {
  readonly #writer: Writer;
  readonly #closeStore: () => void;
  readonly #committer: Committer;
  readonly #scrapes: ScrapeManager;
  readonly #discovery: DiscoveryManager;
  #config: Config | undefined;
  readonly #labelCache = new SeriesCache(LABEL_CACHE_BYTES_MAX);
  readonly #symbolCache: SymbolCache = {
    numbers: new Map(),
    series: new SeriesCache(LABEL_CACHE_BYTES_MAX),
  };
  readonly #groups: PushGroups;
  #groupTimer: NodeJS.Timeout | undefined;
  #exemplars = 0;
  #histograms = 0;
  /** What came of all samples by remote write and by embedding programs. */
  readonly #pushed: AppendCounts = emptyCounts();

  constructor(writer: Writer, closeStore: () => void, options: IngestOptions, main: MainThread) {
    this.#writer = writer;
    this.#closeStore = closeStore;
    this.#committer = createCommitter(writer, options.commitDelayMs, (error) => {
      void main.log('error', 'commit failed', { error: error.message });
    });
    const log: ScrapeManagerOptions['log'] = (level, message, details) =>
      void main.log(level, message, details);
    this.#groups = new PushGroups(writer);
    this.#discovery = createDiscoveryManager({ log, onChange: () => this.#followTargets() });
    this.#scrapes = new ScrapeManager({
      sink: writer,
      committer: this.#committer,
      log,
      inProcess: { jobs: options.inProcessJobs, exposition: (job) => main.exposition(job) },
      inProcessInstance: options.inProcessInstance,
      userAgent: `Ferula/${VERSION}`,
    });
  }

  async ready(): Promise<void> {}

  async applyConfig(config: Config): Promise<void> {
    this.#config = config;
    this.#discovery.apply(config);
    this.#followTargets();
    clearInterval(this.#groupTimer);
    this.#groupTimer = setInterval(() => this.#storeGroups(), config.global.scrapeIntervalMs);
  }

  async targets(): Promise<TargetsState> {
    return this.#scrapes.states();
  }

  async targetMetadata(): Promise<readonly TargetMetadata[]> {
    return this.#scrapes.targetMetadata();
  }

  async remoteWrite(body: Uint8Array, version: RemoteWriteVersion): Promise<WriteOutcome> {
    let bytes: Uint8Array;
    try {
      bytes = uncompress(body, REMOTE_WRITE_BYTES_MAX);
    } catch (error) {
      return unusable('snappy: ', error as Error);
    }
    let request: WriteRequest;
    try {
      const seriesId = (labels: Labels): number => this.#writer.seriesId(labels);
      request =
        version === '1.0'
          ? decodeWriteRequest(bytes, this.#labelCache, seriesId)
          : decodeWriteRequestV2(bytes, this.#symbolCache, seriesId);
    } catch (error) {
      return unusable('', error as Error);
    }
    const counts = this.#writer.appendSamples(
      request.seriesIds,
      request.timesMs,
      request.values,
      request.count,
    );
    if (request.metadata.length > 0) this.#writer.appendMetadata(request.metadata);
    this.#exemplars += request.exemplars;
    this.#histograms += request.histograms;
    const { histograms, histogramMetric } = request;
    return this.#outcome(
      counts,
      histograms > 0 ? `${histograms} native histograms, which are not stored yet (${histogramMetric})` : '',
    );
  }

  async importText(body: Uint8Array, { timeMs, extraLabels }: ImportOptions): Promise<WriteOutcome> {
    let text: ParsedText;
    try {
      text = parseText(body, extraLabels);
    } catch (error) {
      return unusable('', error as Error);
    }
    const ids = Int32Array.from(text.labels, (labels) => this.#writer.seriesId(labels));
    const times = text.timesMs.map((one) => (Number.isNaN(one) ? timeMs : one));
    if (text.metadata.length > 0) this.#writer.appendMetadata(text.metadata);
    const counts = this.#writer.appendSamples(ids, times, text.values, ids.length);
    counts.duplicate += text.duplicates;
    return this.#outcome(counts);
  }

  async push({ group, action, body, ttlMs }: PushRequest): Promise<WriteOutcome> {
    if (action === 'delete') {
      this.#groups.delete(group, Date.now());
      return this.#outcome(emptyCounts());
    }
    try {
      const text = parseText(body, group);
      return await this.#outcome(this.#groups.push(group, text, action, Date.now(), ttlMs));
    } catch (error) {
      return unusable(error instanceof PushError ? '' : 'text format: ', error as Error);
    }
  }

  #storeGroups(): void {
    if (this.#groups.count === 0) return;
    this.#groups.tick(Date.now());
    this.#committer.requestCommit();
  }

  async append(samples: readonly OwnSample[]): Promise<WriteOutcome> {
    const count = samples.length;
    const labels = samples.map((sample) => checkedLabels(Object.entries(sample.labels)));
    const ids = Int32Array.from(labels, (one) => this.#writer.seriesId(one));
    const now = Date.now();
    const times = Float64Array.from(samples, (sample) => sample.timeMs ?? now);
    const values = Float64Array.from(samples, (sample) => sample.value);
    return this.#outcome(this.#writer.appendSamples(ids, times, values, count));
  }

  async applyPatch(patch: Patch): Promise<void> {
    for (let next = 0; next < patch.units.length; ) {
      this.#committer.flush();
      next = this.#writer.applyPatch(patch, next);
      await nextTurn();
    }
    while (this.#writer.collect()) await nextTurn();
  }

  async shrink(): Promise<void> {
    this.#committer.flush();
    while (this.#writer.vacuum(0)) await nextTurn();
  }

  async metrics(): Promise<OwnMetrics> {
    const scrapes = this.#scrapes.metrics();
    const scraped = scrapes.find(({ name }) => name === SCRAPED_SAMPLES)?.samples[0]?.value ?? 0;
    const counter = (name: string, help: string, value: number): OwnMetric => ({
      name,
      type: 'counter',
      help,
      samples: [{ labels: {}, value }],
    });
    return [
      counter(
        'ferula_commit_failures_total',
        'Transactions that could not be committed.',
        this.#committer.failures,
      ),
      {
        name: 'ferula_pushed_samples_total',
        type: 'counter',
        help: 'Samples that came by remote write or from an embedding program, by what became of them.',
        samples: Object.entries(this.#pushed).map(([result, value]) => ({ labels: { result }, value })),
      },
      counter(
        'ferula_refused_histograms_total',
        'Native histograms that came by remote write and were refused.',
        this.#histograms,
      ),
      counter(
        'ferula_skipped_exemplars_total',
        'Exemplars that came by remote write and were not stored.',
        this.#exemplars,
      ),
      {
        name: 'ferula_push_groups',
        type: 'gauge',
        help: 'Groups of pushed metrics.',
        samples: [{ labels: {}, value: this.#groups.count }],
      },
      {
        name: 'prometheus_tsdb_head_samples_appended_total',
        type: 'counter',
        help: 'Samples stored, from wherever they came.',
        samples: [{ labels: { type: 'float' }, value: scraped + this.#pushed.appended }],
      },
      {
        name: 'prometheus_sd_discovered_targets',
        type: 'gauge',
        help: 'Targets that discovery has found, by job.',
        samples: [...this.#discovery.groups()].map(([job, groups]) => ({
          labels: { config: job, name: 'scrape' },
          value: groups.reduce((sum, { targets }) => sum + targets.length, 0),
        })),
      },
      ...scrapes,
      ...this.#discovery.metrics(),
    ];
  }

  async close(): Promise<void> {
    clearInterval(this.#groupTimer);
    this.#discovery.close();
    this.#scrapes.close();
    this.#committer.flush();
    this.#closeStore();
  }

  #followTargets(): void {
    if (this.#config) this.#scrapes.apply(this.#config, this.#discovery.groups());
  }

  /** Waits for the commit, counts, and words what was refused, as a sender expects: part may have been stored. */
  async #outcome(counts: AppendCounts, alsoRefused = ''): Promise<WriteOutcome> {
    for (const key of Object.keys(counts) as (keyof AppendCounts)[]) this.#pushed[key] += counts[key];
    try {
      await this.#committer.committed();
    } catch (error) {
      return { counts, error: { type: 'unavailable', message: (error as Error).message } };
    }
    const refused = REFUSALS.filter(([key]) => counts[key] > 0).map(
      ([key, words]) => `${counts[key]} ${words}`,
    );
    if (alsoRefused !== '') refused.push(alsoRefused);
    if (refused.length === 0) return { counts };
    return { counts, error: { type: 'bad_data', message: `samples refused: ${refused.join(', ')}` } };
  }
}

/** Nothing of a message could be stored. */
function unusable(prefix: string, error: Error): WriteOutcome {
  return { counts: emptyCounts(), error: { type: 'bad_data', message: `${prefix}${error.message}` } };
}

const REFUSALS: readonly (readonly [keyof AppendCounts, string])[] = [
  ['outOfOrder', 'out of order (not newer than the newest sample of their series)'],
  ['duplicate', 'duplicate (another value is stored for their time)'],
  ['tooOld', 'too old (outside retention)'],
  ['tooFarAhead', 'more than ten minutes in the future'],
];

/** Lets whatever else waits for this thread (a scrape, a write) have its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function emptyCounts(): AppendCounts {
  return { appended: 0, outOfOrder: 0, duplicate: 0, tooOld: 0, tooFarAhead: 0 };
}
