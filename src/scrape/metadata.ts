// Type, help and unit of a target's metrics, as its expositions state them, and which of them the store has yet to
// learn.
import type { MetricMetadata, MetricType } from '../../storage/source.ts';

/** A target that makes up metric names without end is forgotten from time to time. */
const METRICS_MAX = 20_000;

export interface MetadataCache {
  setType(metric: string, type: MetricType): void;
  setText(metric: string, kind: 'help' | 'unit', text: string): void;
  /** All metrics. */
  list(): MetricMetadata[];
  /** What changed since the last call. */
  takeChanges(): MetricMetadata[];
}

export function createMetadataCache(): MetadataCache {
  const metrics = new Map<string, MetricMetadata>();
  const changed = new Set<string>();
  const merge = (metric: string, part: Partial<MetricMetadata>): void => {
    const known = metrics.get(metric);
    if (!known && metrics.size >= METRICS_MAX) metrics.clear();
    metrics.set(metric, { metric, type: 'unknown', help: '', unit: '', ...known, ...part });
    changed.add(metric);
  };
  return {
    setType: (metric, type) => {
      if (metrics.get(metric)?.type !== type) merge(metric, { type });
    },
    setText: (metric, kind, text) => {
      if (metrics.get(metric)?.[kind] !== text) merge(metric, { [kind]: text });
    },
    list: () => [...metrics.values()],
    takeChanges() {
      if (changed.size === 0) return [];
      const list = [...changed].flatMap((metric) => metrics.get(metric) ?? []);
      changed.clear();
      return list;
    },
  };
}
