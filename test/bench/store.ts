// What the store costs: bytes on disk, CPU of writing, folding and reading, bytes written, time to open, memory.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reader, Store, Writer } from '../../storage/index.ts';
import {
  applyWhole,
  Checkpointer,
  compactAll,
  computeFold,
  computeMerge,
  foldAll,
  openStore,
} from '../../storage/index.ts';
import type { Matcher } from '../../storage/model/matcher.ts';
import { createMatcher } from '../../storage/model/matcher.ts';
import { Column } from '../../storage/model/sample.ts';
import type { Figure } from './figure.ts';
import type { Scrape } from './store-data.ts';
import { makeDay, readCapture } from './store-data.ts';

const T0 = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
/** Scrapes this close are committed together. */
const ROUND_MS = 5000;

/** @param captureDir a folder of recorded exporter bodies (`*.metrics.zst`); without it only made-up data is measured. */
export async function benchStore(captureDir?: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (captureDir !== undefined) {
    const scrapes = readCapture(captureDir);
    // Once to warm up: the capture is over before the compiler is done.
    benchSize('warm-up', scrapes, appendRows);
    figures.push(
      ...benchSize('capture', scrapes, appendRows),
      ...benchSize('capture/remote-write', scrapes, appendBatches),
    );
  }
  figures.push(...benchSize('day', makeDay(T0, 5760), appendRows));
  figures.push(...benchWide(), ...benchOpen(), ...benchFleet());
  return figures;
}

/** Reading a day of one metric over many targets, and of one large target. */
function benchWide(): Figure[] {
  const many = withStore((store) => {
    fill(store, { targets: 1000, metrics: 10, rows: 5760, stepMs: 15_000 });
    return bestRead(store.reader(), ['__name__', 'metric_4_total'], DAY_MS);
  });
  const one = withStore((store) => {
    fill(store, { targets: 1, metrics: 5000, rows: 5760, stepMs: 15_000 });
    return bestRead(store.reader(), ['instance', 'host-0'], DAY_MS);
  });
  return [
    { name: 'store/read/one-metric-1000-targets-24h', value: many, unit: 'ms CPU' },
    { name: 'store/read/one-target-5000-series-24h', value: one, unit: 'ms CPU' },
  ];
}

/** Opening 100,000 series with 30 days of samples an hour apart, until one series is read. */
function benchOpen(): Figure[] {
  return withStore((store, path) => {
    fill(store, { targets: 100, metrics: 1000, rows: 720, stepMs: 3_600_000 });
    const start = performance.now();
    const second = openStore(path, { readOnly: true });
    const matchers = [
      createMatcher('__name__', '=', 'metric_3_total'),
      createMatcher('instance', '=', 'host-7'),
    ];
    readColumns(second.reader(), matchers, T0, T0 + 30 * DAY_MS);
    const value = performance.now() - start;
    second.close();
    return [{ name: 'store/open/100000-series-30d', value, unit: 'ms' }];
  });
}

/** 100,000 series at 1 s for ten minutes in a process of its own, folds and merges included. */
function benchFleet(): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-bench-'));
  const program = new URL('store-fleet.ts', import.meta.url).pathname;
  const output = execFileSync(process.execPath, [
    '--max-semi-space-size=1',
    program,
    join(folder, 'bench.db'),
    '600',
  ]);
  rmSync(folder, { recursive: true });
  const { cpuNanoseconds, writtenBytes, residentMiB, peakMiB } = JSON.parse(output.toString());
  return [
    { name: 'store/fleet/cpu', value: cpuNanoseconds, unit: 'ns/sample' },
    { name: 'store/fleet/written', value: writtenBytes, unit: 'bytes/sample' },
    { name: 'store/fleet/resident', value: residentMiB, unit: 'MiB' },
    { name: 'store/fleet/peak', value: peakMiB, unit: 'MiB' },
  ];
}

interface Fleet {
  readonly targets: number;
  readonly metrics: number;
  readonly rows: number;
  readonly stepMs: number;
}

/** Fills a store with counters, each target at times of its own, and compacts it. */
function fill(store: Store, { targets, metrics, rows, stepMs }: Fleet): void {
  const writer = store.writer();
  const reader = store.reader();
  const checkpointer = new Checkpointer(store.path);
  const last = new Float64Array(targets * metrics);
  const piece = 240;
  const ids = new Int32Array(metrics * piece);
  const times = new Float64Array(ids.length);
  const values = new Float64Array(ids.length);
  for (let row = 0; row < rows; row += piece) {
    for (let t = 0; t < targets; t++) {
      for (let m = 0, k = 0; m < metrics; m++) {
        const id = writer.seriesId(['__name__', `metric_${m}_total`, 'instance', `host-${t}`]);
        let value = last[t * metrics + m];
        for (let r = row; r < row + piece; r++) {
          ids[k] = id;
          times[k] = T0 + r * stepMs + t;
          value += m % 3 === 0 ? 0 : (r * 7 + m * t) % 11;
          values[k++] = value;
        }
        last[t * metrics + m] = value;
      }
      writer.appendSamples(ids, times, values, ids.length);
    }
    if (row % (4 * piece) === 0) foldAll(writer, reader);
    while (writer.collect());
    checkpointer.checkpoint();
  }
  compactAll(writer, reader, checkpointer, T0 + 400 * DAY_MS);
  checkpointer.close();
  reader.close();
}

/** CPU milliseconds of reading all series with one label, the best of five. */
function bestRead(reader: Reader, [name, value]: readonly [string, string], rangeMs: number): number {
  let best = Infinity;
  for (let pass = 0; pass < 5; pass++) {
    const meter = new Meter();
    meter.run(() => readColumns(reader, [createMatcher(name, '=', value)], T0, T0 + rangeMs));
    best = Math.min(best, meter.nanoseconds / 1e6);
  }
  return best;
}

/** Appends scrapes, compacts the file and reads it all: what each step costs a sample. */
function benchSize(
  name: string,
  scrapes: Iterable<Scrape>,
  append: (writer: Writer, scrapes: Iterable<Scrape>, meter: Meter, checkpointer: Checkpointer) => number,
): Figure[] {
  return withStore((store, path) => {
    const writer = store.writer();
    const reader = store.reader();
    const appendMeter = new Meter();
    const written = writtenBytes();
    const checkpointer = new Checkpointer(path);
    const samples = append(writer, scrapes, appendMeter, checkpointer);
    const fold = new Meter();
    fold.run(() => {
      for (let patch = computeFold(reader); patch; patch = computeFold(reader)) applyWhole(writer, patch);
    });
    const merge = new Meter();
    merge.run(() => {
      const options = { nowMs: T0 + 400 * DAY_MS, all: true };
      for (let patch = computeMerge(reader, options); patch; patch = computeMerge(reader, options))
        applyWhole(writer, patch);
    });
    while (writer.collect());
    checkpointer.checkpoint();
    const total = writtenBytes() - written;
    compactAll(writer, reader, checkpointer, T0 + 400 * DAY_MS);
    checkpointer.close();
    const size = statSync(path).size;
    const read = bestReadAll(reader, samples);
    return [
      { name: `store/${name}/size`, value: size / samples, unit: 'bytes/sample' },
      { name: `store/${name}/append`, value: appendMeter.nanoseconds / samples, unit: 'ns/sample' },
      { name: `store/${name}/fold`, value: fold.nanoseconds / samples, unit: 'ns/sample' },
      { name: `store/${name}/merge`, value: merge.nanoseconds / samples, unit: 'ns/sample' },
      { name: `store/${name}/read`, value: read, unit: 'ns/sample' },
      { name: `store/${name}/written`, value: total / samples, unit: 'bytes/sample' },
    ];
  });
}

/** One commit for the scrapes of a round, and a checkpoint, as the server has them. */
function appendRows(
  writer: Writer,
  scrapes: Iterable<Scrape>,
  meter: Meter,
  checkpointer: Checkpointer,
): number {
  const layouts = new Map<Scrape['series'], number>();
  let samples = 0;
  let roundMs = 0;
  for (const { timeMs, series, values } of scrapes) {
    let layout = layouts.get(series);
    if (layout === undefined) {
      layout = writer.layoutId(Int32Array.from(series, (labels) => writer.seriesId(labels)));
      layouts.set(series, layout);
    }
    const id = layout;
    const isNewRound = timeMs - roundMs > ROUND_MS;
    if (isNewRound) roundMs = timeMs;
    meter.run(() => {
      if (isNewRound) writer.commit();
      samples += writer.appendRow(id, timeMs, values).appended;
    });
    if (isNewRound) checkpointer.checkpoint();
  }
  writer.commit();
  return samples;
}

/** As a remote-write sender has it: requests of up to 500 entries, each 20 samples of one series. */
function appendBatches(writer: Writer, scrapes: Iterable<Scrape>, meter: Meter): number {
  const waiting = new Map<number, { times: number[]; values: number[] }>();
  let samples = 0;
  const send = (least: number): void => {
    const entries = [...waiting].filter(([, { times }]) => times.length >= least);
    for (let from = 0; from < entries.length; from += 500) {
      const chunk = entries.slice(from, from + 500);
      const ids = Int32Array.from(chunk.flatMap(([id, { times }]) => times.map(() => id)));
      const times = Float64Array.from(chunk.flatMap(([, entry]) => entry.times));
      const values = Float64Array.from(chunk.flatMap(([, entry]) => entry.values));
      for (const [id] of chunk) waiting.delete(id);
      meter.run(() => {
        samples += writer.appendSamples(ids, times, values, ids.length).appended;
        writer.commit();
      });
    }
  };
  for (const { timeMs, series, values } of scrapes) {
    series.forEach((labels, i) => {
      const id = writer.seriesId(labels);
      const entry = waiting.get(id) ?? { times: [], values: [] };
      entry.times.push(timeMs);
      entry.values.push(values[i]);
      waiting.set(id, entry);
    });
    send(20);
  }
  send(1);
  return samples;
}

/** Nanoseconds a sample of reading every column, the best of three. */
function bestReadAll(reader: Reader, samples: number): number {
  let best = Infinity;
  for (let pass = 0; pass < 3; pass++) {
    const meter = new Meter();
    meter.run(() => readColumns(reader, [], -Infinity, Infinity));
    best = Math.min(best, meter.nanoseconds / samples);
  }
  return best;
}

/** Reads the series that match; answers the number of samples. */
function readColumns(reader: Reader, matchers: readonly Matcher[], startMs: number, endMs: number): number {
  const view = reader.view();
  const column = new Column();
  let samples = 0;
  const set = view.select(matchers, startMs, endMs);
  for (let i = 0; i < set.count; i++) {
    set.read(i, column);
    samples += column.timeline.length;
  }
  view.close();
  return samples;
}

function withStore<T>(use: (store: Store, path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-bench-'));
  const path = join(folder, 'bench.db');
  const store = openStore(path, { now: () => T0 + 400 * DAY_MS });
  try {
    return use(store, path);
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}

/** Adds up the CPU time of what it runs. */
class Meter {
  nanoseconds = 0;

  run(work: () => void): void {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    this.nanoseconds += (user + system) * 1000;
  }
}

/** Bytes that this process has handed to write calls; 0 where the system does not tell. */
function writtenBytes(): number {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
