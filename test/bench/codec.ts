// Measures the codecs: bytes a sample, and CPU time a sample of rows, batches and pages, on data made here and, with
// a folder of captured exporter bodies, on those. CPU time of the process, the best of several runs: the machine may be
// busy with other things.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { decodeBatch, encodeBatch } from '../../storage/codec/batch.ts';
import { ByteWriter } from '../../storage/codec/bytes.ts';
import { decodeRow, encodeRow, rowBytesMax } from '../../storage/codec/row.ts';
import { encodePage, openPage, type PageColumn } from '../../storage/page.ts';
import type { Figure } from './figure.ts';

const RUNS = 7;
const KEYFRAME_ROWS = 24;
const BATCH_POINTS = 20;

/** The columns of one target, all of one length. */
type Columns = readonly Float64Array[];

/** Figures of all codecs; those of the capture come first where there is one. */
export async function benchCodec(captureDir?: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (captureDir !== undefined) figures.push(...measure('capture', readCapture(captureDir)));
  figures.push(...measure('synthetic', [syntheticColumns(480)]));
  const day = [syntheticColumns(1920)];
  figures.push(...measurePages('synthetic, 1,920 slots, zstd 3', day, 3));
  return figures;
}

function measure(name: string, targets: readonly Columns[]): Figure[] {
  return [
    ...measureRows(name, targets),
    ...measureBatches(name, targets),
    ...measurePages(`${name}, zstd 1`, targets, 1),
    ...measurePages(`${name}, zstd 3`, targets, 3),
  ];
}

function measurePages(name: string, targets: readonly Columns[], level: number): Figure[] {
  const options = { minTimeMs: 0, maxTimeMs: 0, level };
  const inputs = targets.map((columns) =>
    columns.map(
      (values, k): PageColumn => ({ seriesId: k + 1, timelineId: 1, values, count: values.length }),
    ),
  );
  const samples = countSamples(targets);
  let pages: Uint8Array[] = [];
  const encode = bestOf(() => {
    pages = inputs.map((columns) => encodePage(columns, options));
  });
  const out = new Float64Array(4096);
  const decode = bestOf(() => {
    for (const bytes of pages) {
      const page = openPage(bytes);
      for (let k = 0; k < page.count; k++) page.read(k, 0, page.length(k), out, 0);
    }
  });
  return [
    { name: `page, ${name}: size`, value: countBytes(pages) / samples, unit: 'bytes/sample' },
    { name: `page, ${name}: encode`, value: encode / samples, unit: 'ns/sample' },
    { name: `page, ${name}: decode`, value: decode / samples, unit: 'ns/sample' },
  ];
}

function measureRows(name: string, targets: readonly Columns[]): Figure[] {
  const tables = targets.map(rowsOf);
  const samples = countSamples(targets);
  let encoded: Uint8Array[][] = [];
  const encode = bestOf(() => {
    encoded = tables.map((rows) => {
      const out = new Uint8Array(rowBytesMax(rows[0].length));
      return rows.map((row, r) => out.slice(0, encodeRow(row, row.length, keyframeOf(rows, r), out, 0)));
    });
  });
  const decode = bestOf(() => {
    tables.forEach((rows, t) => {
      const out = new Float64Array(rows[0].length);
      encoded[t].forEach((bytes, r) => {
        decodeRow(bytes, 0, bytes.length, out.length, keyframeOf(rows, r), out);
      });
    });
  });
  return [
    { name: `row, ${name}: size`, value: countBytes(encoded.flat()) / samples, unit: 'bytes/sample' },
    { name: `row, ${name}: encode`, value: encode / samples, unit: 'ns/sample' },
    { name: `row, ${name}: decode`, value: decode / samples, unit: 'ns/sample' },
  ];
}

function measureBatches(name: string, targets: readonly Columns[]): Figure[] {
  const batches = targets.flatMap(batchesOf);
  const samples = batches.reduce((sum, { values }) => sum + values.length, 0);
  const out = new ByteWriter();
  let encoded: Uint8Array[] = [];
  const encode = bestOf(() => {
    encoded = batches.map(({ ids, times, values }) => {
      out.length = 0;
      encodeBatch(ids, times, values, ids.length, out);
      return out.copy();
    });
  });
  const decode = bestOf(() => {
    for (const bytes of encoded) decodeBatch(bytes);
  });
  return [
    { name: `batch of 20 points, ${name}: size`, value: countBytes(encoded) / samples, unit: 'bytes/sample' },
    { name: `batch of 20 points, ${name}: encode`, value: encode / samples, unit: 'ns/sample' },
    { name: `batch of 20 points, ${name}: decode`, value: decode / samples, unit: 'ns/sample' },
  ];
}

/** CPU time of the fastest of several runs, in nanoseconds. */
function bestOf(run: () => void): number {
  let best = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return 1000 * best;
}

function countSamples(targets: readonly Columns[]): number {
  return targets.flat().reduce((sum, values) => sum + values.length, 0);
}

function countBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function keyframeOf(rows: readonly Float64Array[], r: number): Float64Array | null {
  return r % KEYFRAME_ROWS === 0 ? null : rows[r - (r % KEYFRAME_ROWS)];
}

/** The same values scrape by scrape. */
function rowsOf(columns: Columns): Float64Array[] {
  return Array.from(columns[0], (_, r) => Float64Array.from(columns, (column) => column[r]));
}

/** The same values as remote write sends them: some points of each series in turn. */
function batchesOf(columns: Columns): { ids: Int32Array; times: Float64Array; values: Float64Array }[] {
  const batches = [];
  for (let from = 0; from < columns[0].length; from += BATCH_POINTS) {
    const n = columns.length * BATCH_POINTS;
    const values = new Float64Array(n);
    columns.forEach((column, k) => {
      values.set(column.subarray(from, from + BATCH_POINTS), k * BATCH_POINTS);
    });
    batches.push({
      ids: Int32Array.from(values, (_, i) => 1 + Math.floor(i / BATCH_POINTS)),
      times: Float64Array.from(values, (_, i) => 15_000 * (from + (i % BATCH_POINTS))),
      values,
    });
  }
  return batches;
}

/** Captured bodies, a file a target: `#@ <unix ms> <bytes>`, then the body. Only series that never miss a scrape. */
function readCapture(dir: string): Columns[] {
  const files = readdirSync(dir).filter((file) => file.endsWith('.metrics.zst'));
  return files.map((file) => {
    const text = zstdDecompressSync(readFileSync(join(dir, file))).toString('latin1');
    const columns = new Map<string, number[]>();
    let scrapes = 0;
    for (const body of text.split(/^#@ .*\n/m).slice(1)) {
      for (const line of body.split('\n')) {
        if (line === '' || line.startsWith('#')) continue;
        const space = line.lastIndexOf(' ');
        const series = line.slice(0, space);
        let values = columns.get(series);
        if (values === undefined) {
          values = [];
          columns.set(series, values);
        }
        values.push(Number(line.slice(space + 1).replace('Inf', 'Infinity')));
      }
      scrapes++;
    }
    const names = [...columns.keys()].sort();
    return names
      .map((series) => Float64Array.from(columns.get(series) as number[]))
      .filter((values) => values.length === scrapes);
  });
}

/**
 * 1,000 counters with random steps, 1,000 gauges that walk at random with two or three decimals, 480 buckets and 100
 * constants.
 */
function syntheticColumns(slots: number): Columns {
  const random = createRandom(7);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const columns: Float64Array[] = [];
  for (let k = 0; k < 1000; k++) {
    const stepMax = 1 + Math.floor(random() * 100);
    const value = Math.floor(random() * 1e6);
    columns.push(walk(slots, value, () => Math.floor(random() * (stepMax + 1))));
  }
  for (let k = 0; k < 1000; k++) {
    const scale = k % 2 === 0 ? 100 : 1000;
    const deviation = 1 + random() * 20;
    const value = Math.floor(random() * 1e5);
    const integers = walk(slots, value, () => Math.round(normal() * deviation));
    columns.push(integers.map((n) => n / scale));
  }
  for (let k = 0; k < 40; k++) columns.push(...histogramColumns(slots, random() * 40, random));
  for (let k = 0; k < 100; k++) columns.push(new Float64Array(slots).fill(Math.floor(random() * 1000)));
  return columns;
}

/** Sums of steps, from `start` on. */
function walk(slots: number, start: number, step: () => number): Float64Array {
  let value = start;
  return Float64Array.from({ length: slots }, () => {
    value += step();
    return value;
  });
}

/** Twelve cumulative buckets that count exponentially distributed observations. */
function histogramColumns(slots: number, observationsMax: number, random: () => number): Columns {
  const buckets = Array.from({ length: 12 }, () => new Float64Array(slots));
  const counts = new Float64Array(12);
  for (let i = 0; i < slots; i++) {
    for (let n = Math.floor(random() * observationsMax); n > 0; n--)
      counts[Math.min(11, Math.floor(-3 * Math.log(1 - random())))]++;
    let sum = 0;
    for (let b = 0; b < 12; b++) {
      sum += counts[b];
      buckets[b][i] = sum;
    }
  }
  return buckets;
}

/** Numbers in [0, 1), the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
