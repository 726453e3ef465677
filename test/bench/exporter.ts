// A program that plays many targets for the benchmarks: `node exporter.ts PORT SERIES`. Every path is a target of its
// own with that many series: counters with random steps, gauges that wander, histograms; text of format 0.0.4.
import { createServer } from 'node:http';

const [port, seriesPerTarget] = process.argv.slice(2).map(Number);

/** A small generator with a seed, so that every run serves the same numbers. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

class Target {
  readonly #random: () => number;
  readonly #names: string[] = [];
  readonly #values: Float64Array;

  constructor(seed: number, series: number) {
    this.#random = random(seed);
    this.#values = new Float64Array(series);
    for (let i = 0; i < series; i++) {
      const kind = i % 10;
      const family = Math.floor(i / 100);
      const labels = `handler="/api/v1/item${i % 50}",code="${kind < 8 ? 200 : 500}",shard="${i}"`;
      if (kind < 5) this.#names.push(`bench_requests_${family}_total{${labels}}`);
      else if (kind < 9) this.#names.push(`bench_gauge_${family}{${labels}}`);
      else this.#names.push(`bench_constant_${family}{${labels}}`);
    }
  }

  body(): string {
    const lines: string[] = [];
    const values = this.#values;
    for (let i = 0; i < values.length; i++) {
      const kind = i % 10;
      if (kind < 5) values[i] += Math.floor(this.#random() * 20);
      else if (kind < 9) values[i] = Math.round((values[i] + this.#random() * 2 - 1) * 1000) / 1000;
      else values[i] = 42;
      lines.push(`${this.#names[i]} ${values[i]}\n`);
    }
    return lines.join('');
  }
}

const targets = new Map<string, Target>();
createServer((request, response) => {
  const path = request.url ?? '/';
  let target = targets.get(path);
  if (!target) {
    target = new Target(targets.size + 1, seriesPerTarget);
    targets.set(path, target);
  }
  response.setHeader('content-type', 'text/plain; version=0.0.4');
  response.end(target.body());
}).listen(port, '127.0.0.1');
