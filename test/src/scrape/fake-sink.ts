// A sink that writes down what it is given, one line a sample: `second name{labels} value`.
import { type Labels, labelsToObject } from '../../../storage/model/labels.ts';
import { isStaleAt } from '../../../storage/model/sample.ts';
import type { AppendCounts, Sink } from '../../../storage/sink.ts';
import type { MetricMetadata } from '../../../storage/source.ts';

export interface FakeSink extends Sink {
  /** Samples since the last look. */
  take(): string[];
  /** Kinds of appends, layouts and times since the last look, e.g. `row 1 @10 ×3`. */
  takeAppends(): string[];
  readonly metadata: MetricMetadata[];
  /** What the next appends answer beyond `appended`. */
  refusals: Partial<AppendCounts>;
  /** Thrown by the next append. */
  failure: Error | null;
}

/**
 * @param originMs time zero of the seconds written down
 * @param withInstance write `name@instance`
 */
export function createFakeSink(originMs: number, withInstance = false): FakeSink {
  const names: string[] = [''];
  const ids = new Map<string, number>();
  const layouts: Int32Array[] = [];
  const layoutIds = new Map<string, number>();
  let samples: string[] = [];
  let appends: string[] = [];

  const record = (id: number, timeMs: number, values: Float64Array, i: number): void => {
    const text = isStaleAt(values, i) ? 'stale' : String(values[i]);
    samples.push(`${(timeMs - originMs) / 1000} ${names[id]} ${text}`);
  };
  const counted = (count: number): AppendCounts => {
    if (sink.failure) throw sink.failure;
    return { appended: count, outOfOrder: 0, duplicate: 0, tooOld: 0, tooFarAhead: 0, ...sink.refusals };
  };

  const sink: FakeSink = {
    metadata: [],
    refusals: {},
    failure: null,
    get seriesCount() {
      return ids.size;
    },
    seriesId(labels) {
      const name = seriesName(labels, withInstance);
      const known = ids.get(name);
      if (known !== undefined) return known;
      ids.set(name, names.push(name) - 1);
      return names.length - 1;
    },
    layoutId(seriesIds) {
      if (new Set(seriesIds).size !== seriesIds.length) throw new Error('a layout with a series twice');
      const key = seriesIds.join();
      const known = layoutIds.get(key);
      if (known !== undefined) return known;
      layouts.push(seriesIds.slice());
      layoutIds.set(key, layouts.length);
      return layouts.length;
    },
    appendRow(layoutId, timeMs, values) {
      const layout = layouts[layoutId - 1];
      if (layout.length !== values.length) throw new Error('a row that does not fit its layout');
      const counts = counted(values.length);
      for (let i = 0; i < layout.length; i++) record(layout[i], timeMs, values, i);
      appends.push(`row ${layoutId} @${(timeMs - originMs) / 1000} ×${values.length}`);
      return counts;
    },
    appendSamples(seriesIds, timesMs, values, count) {
      const counts = counted(count);
      for (let i = 0; i < count; i++) record(seriesIds[i], timesMs[i], values, i);
      appends.push(`samples ×${count}`);
      return counts;
    },
    appendMetadata(metadata) {
      sink.metadata.push(...metadata);
    },
    commit() {},
    take() {
      const taken = samples;
      samples = [];
      return taken;
    },
    takeAppends() {
      const taken = appends;
      appends = [];
      return taken;
    },
  };
  return sink;
}

/** `name{label=value,…}`, without the job that every series here has. */
function seriesName(labels: Labels, withInstance: boolean): string {
  const { __name__: name, job: _job, instance, ...rest } = labelsToObject(labels);
  const pairs = Object.entries(rest).map(([label, value]) => `${label}=${value}`);
  const text = pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
  return withInstance ? `${text}@${instance}` : text;
}
