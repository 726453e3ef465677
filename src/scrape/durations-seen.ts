// How long something took or how far apart it was, the last times by label, as a summary for /metrics.
import type { OwnMetric } from '../threads/services.ts';

/** Quantiles look back over so many observations. */
const KEPT = 512;
const QUANTILES = [0.01, 0.05, 0.5, 0.9, 0.99];

interface Seen {
  readonly last: Float64Array;
  count: number;
  sum: number;
}

export class DurationsSeen {
  readonly #seen = new Map<string, Seen>();

  observe(key: string, seconds: number): void {
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      seen = { last: new Float64Array(KEPT), count: 0, sum: 0 };
      this.#seen.set(key, seen);
    }
    seen.last[seen.count++ % KEPT] = seconds;
    seen.sum += seconds;
  }

  /** Forgets keys that are gone. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key);
  }

  /** The summary `name` with the keys as values of `label`, in the three families that own metrics have for it. */
  metrics(name: string, label: string, help: string): OwnMetric[] {
    const all = [...this.#seen];
    const quantiles = all.flatMap(([key, { last, count }]) => {
      const sorted = last.slice(0, Math.min(count, KEPT)).sort();
      return QUANTILES.map((quantile) => ({
        labels: { [label]: key, quantile: String(quantile) },
        value: sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))],
      }));
    });
    const total = (field: 'sum' | 'count', text: string): OwnMetric => ({
      name: `${name}_${field}`,
      type: 'counter',
      help: text,
      samples: all.map(([key, seen]) => ({ labels: { [label]: key }, value: seen[field] })),
    });
    return [
      { name, type: 'gauge', help, samples: quantiles },
      total('sum', `Sum of ${name}.`),
      total('count', `Observations of ${name}.`),
    ];
  }
}
