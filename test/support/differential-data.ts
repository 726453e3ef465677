// Two hours of samples for the differential test: counters with resets, gauges, classic histograms, series that come and
// go, stale markers, NaN and infinities, at irregular times. No sample lies on a quarter of a second, where the queries
// put the edges of their windows: there Prometheus 2.x and 3.x see different samples.
import { setStale } from '../../storage/model/sample.ts';
import type { WriteRequestParts } from './remote-write.ts';

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Series = WriteRequestParts['series'][number];
type Random = () => number;

/** How long the samples reach back from the end. */
export const SPAN_MS = 7_200_000;

/** Odd values that arithmetic and the text of numbers must survive. */
const ODD = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1.5,
  1e21,
  123456789012,
  1e-7,
  1e-300,
  1.7e308,
  0.1,
  3,
  3,
  2,
];

/** All series, labels in order, samples of each in order; `endMs` is a whole second. */
export function differentialData(random: Random, endMs: number): Series[] {
  const whole = (below: number): number => Math.floor(random() * below);
  const stale = new Float64Array(1);
  setStale(stale, 0);
  const all: Series[] = [];

  /** Adds a series; `next` gives the value after another. `intervalMs` is the usual distance of samples. */
  const add = (
    labels: Record<string, string>,
    intervalMs: number,
    next: (before: number) => number,
  ): void => {
    const samples: (readonly [number, number | Float64Array])[] = [];
    let value = 0;
    const phase = whole(intervalMs);
    for (let slot = endMs - SPAN_MS; slot < endMs - intervalMs; slot += intervalMs) {
      // A gap of some length now and then; half of them begin with a stale marker.
      if (random() < 0.012) {
        if (random() < 0.5) samples.push([offEdge(slot + phase), stale]);
        slot += intervalMs * (1 + whole(random() < 0.3 ? 120 : 12));
        continue;
      }
      value = next(value);
      samples.push([offEdge(slot + phase + whole(intervalMs / 10)), value]);
    }
    const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
    all.push({ labels: Object.fromEntries(sorted), samples: samples.filter(([time]) => time < endMs) });
  };

  for (const job of ['a', 'b', 'c']) {
    // Far from zero also after a reset: how rate treats counters near zero has changed in 3.x.
    for (const instance of ['1', '2'])
      for (const code of ['200', '404', '500'])
        add({ __name__: 'req_total', job, instance, code }, 15_000, (v) =>
          v === 0 || random() < 0.01 ? 1e6 + whole(1e6) : v + whole(50),
        );
    add({ __name__: 'bytes_total', job }, 10_000, (v) =>
      v === 0 || random() < 0.005 ? 1e9 : v + whole(1e6) / 64,
    );
    for (const disk of ['x', 'y', 'z'])
      add({ __name__: 'level', job, disk }, 15_000, (v) => Math.round((v + random() * 200 - 95) * 100) / 100);
    add({ __name__: 'noise', job }, 20_000, () => random() * 2 - 1);
    for (const kind of ['p', 'q']) add({ __name__: 'odd', job, kind }, 30_000, () => ODD[whole(ODD.length)]);
    for (const kind of ['p', 'q', 'r']) add({ __name__: 'state', job, kind }, 15_000, () => whole(4));
    add({ __name__: 'rare', job, kind: 'p' }, 250_000, (v) => v + whole(9));
    add({ __name__: 'build_info', job, version: job === 'c' ? '2' : '1' }, 60_000, () => 1);
    add({ __name__: 'fixed', job }, 15_000, () => 0.1);
    add({ __name__: 'step', job, quantile: '0.5' }, 15_000, (v) => (random() < 0.05 ? whole(1000) / 8 : v));
    for (const instance of ['1', '2']) addHistogram(job, instance);
  }
  return all;

  function addHistogram(job: string, instance: string): void {
    const labels = { job, instance };
    const bounds = ['0.1', '0.25', '1', '2.5', '10', '+Inf'];
    bounds.forEach((le, i) => {
      // Counts of a bucket are sums over those below it, so that nothing has to be forced to rise.
      add({ __name__: 'lat_bucket', ...labels, le }, 15_000, (v) =>
        v === 0 ? 1e6 * (i + 1) : v + 3 * i + whole(3),
      );
    });
    add({ __name__: 'lat_count', ...labels }, 15_000, (v) => (v === 0 ? 6e6 : v + 15));
    add({ __name__: 'lat_sum', ...labels }, 15_000, (v) => (v === 0 ? 6e6 : v + random() * 15));
  }
}

/** Moves a time off quarters of a second. */
function offEdge(ms: number): number {
  return ms % 250 === 0 ? ms + 7 : ms;
}
