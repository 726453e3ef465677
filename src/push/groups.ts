// Pushed metrics in the manner of the Pushgateway: groups of series, each named by its labels, whose last values go on
// being stored at every scrape interval until the group is pushed again, deleted, or its time to live has passed. What
// leaves a group ends with a stale marker. Groups live in memory: after a restart they are pushed anew or are gone.
import { type Labels, labelsFromObject, labelValue, METRIC_NAME } from '../../storage/model/labels.ts';
import { setStale } from '../../storage/model/sample.ts';
import type { AppendCounts, Sink } from '../../storage/sink.ts';
import type { MetricMetadata } from '../../storage/source.ts';

/** A push that cannot be taken; nothing changed. */
export class PushError extends Error {
  override name = 'PushError';
}

/** Samples as parsed: each with its labels, the group's among them, and NaN for a time. */
export interface PushedSamples {
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
  readonly timesMs: Float64Array;
  readonly metadata: readonly MetricMetadata[];
  readonly duplicates: number;
}

interface Entry {
  readonly id: number;
  readonly family: string;
  value: number;
}

interface Group {
  readonly labels: Readonly<Record<string, string>>;
  /** By series id. */
  entries: Map<number, Entry>;
  /** Made anew when the series of the group change. */
  layoutId: number;
  values: Float64Array;
  /** Moment at which the group ends; Infinity: never. */
  endsMs: number;
  /** Time of the last row; the next lies behind it. */
  rowMs: number;
}

/** Beyond this something pushes groups without end. */
const GROUPS_MAX = 100_000;

export class PushGroups {
  readonly #sink: Sink;
  readonly #groups = new Map<string, Group>();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get count(): number {
    return this.#groups.size;
  }

  /**
   * Takes a push: `replace` puts these samples in the place of all of the group, `merge` in the place of the metrics of
   * the same names. `push_time_seconds` goes with them, as in the Pushgateway.
   * @throws PushError
   */
  push(
    labels: Readonly<Record<string, string>>,
    samples: PushedSamples,
    action: 'replace' | 'merge',
    nowMs: number,
    ttlMs: number,
  ): AppendCounts {
    if (samples.timesMs.some((timeMs) => !Number.isNaN(timeMs)))
      throw new PushError('pushed metrics must not have timestamps');
    if (samples.duplicates > 0) throw new PushError('a series stands twice in the body, with two values');
    const key = keyOf(labels);
    const known = this.#groups.get(key);
    if (!known && this.#groups.size >= GROUPS_MAX)
      throw new PushError(`there are ${GROUPS_MAX} groups already; delete some, or push with a ?ttl=`);
    const fresh = this.#entries(labels, samples, nowMs);
    const group = known ?? newGroup(labels);
    const entries = action === 'replace' ? fresh : merged(group.entries, fresh);
    group.endsMs = ttlMs > 0 ? nowMs + ttlMs : Number.POSITIVE_INFINITY;
    this.#groups.set(key, group);
    if (samples.metadata.length > 0) this.#sink.appendMetadata(samples.metadata);
    this.#arrange(group, entries, nowMs);
    return this.#write(group, nowMs);
  }

  /** Ends a group; false where there is none. */
  delete(labels: Readonly<Record<string, string>>, nowMs: number): boolean {
    const key = keyOf(labels);
    const group = this.#groups.get(key);
    if (!group) return false;
    this.#groups.delete(key);
    this.#arrange(group, new Map(), nowMs);
    return true;
  }

  /** Stores every group's values once more; groups past their time end. Call once a scrape interval. */
  tick(nowMs: number): void {
    for (const [key, group] of this.#groups) {
      if (nowMs >= group.endsMs) {
        this.#groups.delete(key);
        this.#arrange(group, new Map(), nowMs);
      } else this.#write(group, nowMs);
    }
  }

  #entries(
    labels: Readonly<Record<string, string>>,
    { labels: series, values, metadata }: PushedSamples,
    nowMs: number,
  ): Map<number, Entry> {
    const types = new Map(metadata.map(({ metric, type }) => [metric, type]));
    const entries = new Map<number, Entry>();
    const add = (one: Labels, value: number): void => {
      const id = this.#sink.seriesId(one);
      entries.set(id, { id, family: familyOf(labelValue(one, METRIC_NAME), types), value });
    };
    for (let i = 0; i < series.length; i++) add(series[i], values[i]);
    add(labelsFromObject({ ...labels, [METRIC_NAME]: 'push_time_seconds' }), nowMs / 1000);
    return entries;
  }

  /** Gives a group its series; those that it had and has no longer end. */
  #arrange(group: Group, entries: Map<number, Entry>, nowMs: number): void {
    const gone = [...group.entries.keys()].filter((id) => !entries.has(id));
    const changed = gone.length > 0 || group.entries.size !== entries.size;
    group.entries = entries;
    const ordered = [...entries.values()].sort((a, b) => a.id - b.id);
    if (changed && ordered.length > 0)
      group.layoutId = this.#sink.layoutId(Int32Array.from(ordered, ({ id }) => id));
    group.values = Float64Array.from(ordered, ({ value }) => value);
    if (gone.length === 0) return;
    const values = new Float64Array(gone.length);
    for (let i = 0; i < gone.length; i++) setStale(values, i);
    const timeMs = Math.max(nowMs, group.rowMs + 1);
    this.#sink.appendSamples(
      Int32Array.from(gone),
      new Float64Array(gone.length).fill(timeMs),
      values,
      gone.length,
    );
  }

  #write(group: Group, nowMs: number): AppendCounts {
    group.rowMs = Math.max(nowMs, group.rowMs + 1);
    return this.#sink.appendRow(group.layoutId, group.rowMs, group.values);
  }
}

function newGroup(labels: Readonly<Record<string, string>>): Group {
  return {
    labels,
    entries: new Map(),
    layoutId: 0,
    values: new Float64Array(0),
    endsMs: Number.POSITIVE_INFINITY,
    rowMs: 0,
  };
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(labelsFromObject(labels));
}

/** The old entries but those of metrics that were pushed, and the new ones. */
function merged(old: ReadonlyMap<number, Entry>, fresh: ReadonlyMap<number, Entry>): Map<number, Entry> {
  const pushed = new Set([...fresh.values()].map(({ family }) => family));
  const kept = [...old].filter(([, { family }]) => !pushed.has(family));
  return new Map([...kept, ...fresh]);
}

/** The metric that a series belongs to: the parts of histograms and summaries share one. */
function familyOf(name: string, types: ReadonlyMap<string, MetricMetadata['type']>): string {
  const match = /^(.*)_(?:bucket|sum|count)$/.exec(name);
  const type = match && types.get(match[1]);
  return match && (type === 'histogram' || type === 'summary') ? match[1] : name;
}
