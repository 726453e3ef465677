// Type, help and unit of a target's metrics, as its expositions state them, and which of them the store has yet to
// learn.
import type { MetricMetadata, MetricType } from '../../storage/source.ts';

/** A target that makes up metric names without end is forgotten from time to time. */
const METRICS_MAX = 20_000;

export interface MetadataCache {
  setType(metric: string, type: MetricType): void;
  setText(metric: string, kind: 'help' | 'unit', text: string): void;
  /** Number of metrics. */
  readonly size: number;
  /** All metrics. */
  list(): MetricMetadata[];
  /** What changed since the last call. */
  takeChanges(): MetricMetadata[];
}

export function createMetadataCache(): MetadataCache {
  const metrics = new Map<string, Entry>();
  let changed: Entry[] = [];
  /** Lines about one metric stand together. */
  let last: Entry | undefined;
  const mark = (entry: Entry): void => {
    if (!entry.changed) changed.push(entry);
    entry.changed = true;
  };
  const entryOf = (metric: string): Entry => {
    if (last !== undefined && last.metric === metric) return last;
    let entry = metrics.get(metric);
    if (entry === undefined) {
      if (metrics.size >= METRICS_MAX) metrics.clear();
      entry = { metric, type: 'unknown', help: '', unit: '', changed: false };
      metrics.set(metric, entry);
      mark(entry);
    }
    last = entry;
    return entry;
  };
  return {
    setType(metric, type) {
      const entry = entryOf(metric);
      if (entry.type === type) return;
      entry.type = type;
      mark(entry);
    },
    setText(metric, kind, text) {
      const entry = entryOf(metric);
      if (entry[kind] === text) return;
      entry[kind] = text;
      mark(entry);
    },
    get size() {
      return metrics.size;
    },
    list: () => Array.from(metrics.values(), plain),
    takeChanges() {
      const list = changed.map(plain);
      for (const entry of changed) entry.changed = false;
      changed = [];
      return list;
    },
  };
}

interface Entry {
  readonly metric: string;
  type: MetricType;
  help: string;
  unit: string;
  /** Is in the list of what the store has yet to learn. */
  changed: boolean;
}

function plain({ metric, type, help, unit }: Entry): MetricMetadata {
  return { metric, type, help, unit };
}
