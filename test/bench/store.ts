// What the store costs: bytes on disk, CPU of writing, folding and reading, bytes written, time to open, memory.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reader, Store, Writer } from '../../storage/index.ts';
import { applyWhole, Checkpointer, compactAll, computeFold, computeMerge, openStore } from '../../storage/index.ts';
import { createMatcher } from '../../storage/model/matcher.ts';
import { Column } from '../../storage/model/sample.ts';
import type { Figure } from './figure.ts';
import type { Scrape } from './store-data.ts';
import { makeDay, readCapture } from './store-data.ts';

const T0 = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

/** @param captureDir a folder of recorded exporter bodies (`*.metrics.zst`); without it only made-up data is measured. */
export async function benchStore(captureDir?: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (captureDir !== undefined) {
    const scrapes = readCapture(captureDir);
    figures.push(...benchSize('capture', scrapes, appendRows), ...benchSize('capture/remote-write', scrapes, appendBatches));
  }
  figures.push(...benchSize('day', makeDay(T0, 5760), appendRows));
  return figures;
}

/** Appends scrapes, compacts the file and reads it all: what each step costs a sample. */
function benchSize(
  name: string,
  scrapes: Iterable<Scrape>,
  append: (writer: Writer, scrapes: Iterable<Scrape>, meter: Meter) => number,
): Figure[] {
  return withStore((store, path) => {
    const writer = store.writer();
    const reader = store.reader();
    const appendMeter = new Meter();
    const written = writtenBytes();
    const samples = append(writer, scrapes, appendMeter);
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
    const checkpointer = new Checkpointer(path);
    compactAll(writer, reader, checkpointer, T0 + 400 * DAY_MS);
    checkpointer.close();
    const total = writtenBytes() - written;
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

/** A commit for each scrape. */
function appendRows(writer: Writer, scrapes: Iterable<Scrape>, meter: Meter): number {
  const layouts = new Map<Scrape['series'], number>();
  let samples = 0;
  for (const { timeMs, series, values } of scrapes) {
    let layout = layouts.get(series);
    if (layout === undefined) {
      layout = writer.layoutId(Int32Array.from(series, (labels) => writer.seriesId(labels)));
      layouts.set(series, layout);
    }
    const id = layout;
    meter.run(() => {
      samples += writer.appendRow(id, timeMs, values).appended;
      writer.commit();
    });
  }
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
    meter.run(() => readColumns(reader, '', -Infinity, Infinity));
    best = Math.min(best, meter.nanoseconds / samples);
  }
  return best;
}

/** Reads all series of a metric ('': of all); answers the number of samples. */
function readColumns(reader: Reader, metric: string, startMs: number, endMs: number): number {
  const view = reader.view();
  const column = new Column();
  let samples = 0;
  const set = view.select(metric === '' ? [] : [createMatcher('__name__', '=', metric)], startMs, endMs);
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
