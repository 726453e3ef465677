// A store in a few lines of plain objects, to compare the real one with: what was appended, judged by the same rules.
import type { AppendCounts } from '../../storage/index.ts';

export type Value = number | 'stale';

export class Model {
  /** Samples by series text: value by time. */
  readonly series = new Map<string, Map<number, Value>>();
  readonly #newest = new Map<string, number>();
  readonly #outOfOrderMs: number;
  #newestMs = -Infinity;

  constructor(outOfOrderMs: number) {
    this.#outOfOrderMs = outOfOrderMs;
  }

  append(series: string, timeMs: number, value: Value, counts: AppendCounts): void {
    const newest = this.#newest.get(series) ?? -Infinity;
    const samples = this.series.get(series) ?? new Map<number, Value>();
    if (timeMs === newest && !Object.is(samples.get(timeMs), value)) counts.duplicate++;
    else if (timeMs < newest && !(this.#outOfOrderMs > 0 && timeMs >= this.#newestMs - this.#outOfOrderMs))
      counts.outOfOrder++;
    else {
      counts.appended++;
      if (!samples.has(timeMs)) samples.set(timeMs, value);
      this.series.set(series, samples);
      this.#newest.set(series, Math.max(newest, timeMs));
      this.#newestMs = Math.max(this.#newestMs, timeMs);
    }
  }

  /** Samples of all series within a range, in the form of `readAll`. */
  read(baseMs: number, startMs: number, endMs: number): Record<string, [number, Value][]> {
    const result: Record<string, [number, Value][]> = {};
    for (const [series, samples] of this.series) {
      const list = [...samples].filter(([time]) => time >= startMs && time <= endMs);
      if (list.length > 0)
        result[series] = list.sort((a, b) => a[0] - b[0]).map(([time, value]) => [time - baseMs, value]);
    }
    return result;
  }
}

/** Random numbers from a seed (mulberry32): the same seed gives the same test. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
