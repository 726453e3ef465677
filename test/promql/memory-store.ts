// A script's store in memory.
import type { ScriptStore } from '../../src/promqltest/run.ts';
import type { Labels } from '../../storage/model/labels.ts';
import { MemorySource } from '../support/memory-source.ts';

interface Held {
  readonly labels: Labels;
  readonly chunks: { times: Float64Array; values: Float64Array }[];
}

/** Makes an empty one. Later samples of a series win over earlier ones of the same time, as nothing else is asked. */
export function createMemoryStore(): ScriptStore {
  let held = new Map<string, Held>();
  let source: MemorySource | null = null;
  return {
    append(labels, times, values) {
      const key = JSON.stringify(labels);
      const series = held.get(key) ?? { labels, chunks: [] };
      held.set(key, series);
      series.chunks.push({ times, values });
    },
    commit() {
      source = null;
    },
    source() {
      source ??= build(held.values());
      return source;
    },
    reset() {
      held = new Map();
      source = null;
    },
  };
}

function build(all: Iterable<Held>): MemorySource {
  const source = new MemorySource();
  for (const { labels, chunks } of all) {
    const byTime = new Map<number, { values: Float64Array; at: number }>();
    for (const { times, values } of chunks)
      for (let i = 0; i < times.length; i++) byTime.set(times[i], { values, at: i });
    const times = [...byTime.keys()].sort((a, b) => a - b);
    const column = new Float64Array(times.length);
    times.forEach((time, i) => {
      const { values, at } = byTime.get(time) as { values: Float64Array; at: number };
      // Bits are copied, so that stale markers survive.
      column.set(values.subarray(at, at + 1), i);
    });
    source.addSeries(labels, times, column);
  }
  return source;
}
