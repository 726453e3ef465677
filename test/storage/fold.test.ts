// Rows become pages, small pages large ones, and nothing changes for who reads.
import { describe, expect, it } from 'vitest';
import type { Reader, Store, Writer } from '../../storage/index.ts';
import {
  applyWhole,
  Checkpointer,
  compactAll,
  computeFold,
  computeMerge,
  foldAll,
} from '../../storage/index.ts';
import { Column } from '../../storage/model/sample.ts';
import { labels, readAll, row, samples, T0, temporaryStore, withView } from './helpers.ts';

const HOUR = 3_600_000;

/** Two targets of some series, a row each every 15 s; what it answers counts on. */
function fill(writer: Writer, from: number, to: number): void {
  for (let target = 0; target < 2; target++) {
    const ids = ['a', 'b', 'c'].map((name) => writer.seriesId(labels(`${name}{t="${target}"}`)));
    const layout = writer.layoutId(Int32Array.from(ids));
    for (let k = from; k < to; k++)
      writer.appendRow(
        layout,
        T0 + k * 15_000 + target,
        row(k, target * 1000 + (k % 7) / 10, k === 50 ? 'stale' : -k),
      );
  }
  writer.commit();
}

function twins(): { store: Store; writer: Writer; reader: Reader } {
  const store = temporaryStore();
  return { store, writer: store.writer(), reader: store.reader() };
}

describe('a fold', () => {
  it('changes nothing for readers, and empties the journal', () => {
    const { writer, reader } = twins();
    fill(writer, 0, 300);
    const before = readAll(reader);
    expect(foldAll(writer, reader)).toBe(1800);
    expect(readAll(reader)).toEqual(before);
    expect(readAll(reader, 'c{t="1"}', T0 + 49 * 15_000, T0 + 51 * 15_000 + 1)).toEqual({
      'c{t="1"}': [
        [735001, -49],
        [750001, 'stale'],
        [765001, -51],
      ],
    });
    while (writer.collect());
    expect(reader.snapshot((state) => state.db.prepare('SELECT count(*) AS n FROM journal').get())).toEqual({
      n: 0,
    });
    fill(writer, 300, 400);
    expect(readAll(reader)['a{t="0"}']).toHaveLength(400);
    expect(computeFold(reader)?.samples).toBe(600);
  });

  it('takes rows while it is applied', () => {
    const { writer, reader } = twins();
    fill(writer, 0, 100);
    const patch = computeFold(reader);
    if (!patch) throw new Error('Nothing to fold');
    // These still refer to keyframes that the fold takes.
    fill(writer, 100, 110);
    for (let next = 0; next < patch.units.length; ) {
      next = writer.applyPatch(patch, next, 0);
      fill(writer, 110 + next, 111 + next);
      while (writer.collect());
    }
    const all = readAll(reader);
    expect(all['a{t="0"}'].map(([, value]) => value)).toEqual(
      Array.from({ length: 114 }, (_, k) => k).filter((k) => k !== 110),
    );
    expect(reader.damage.count).toBe(0);
    foldAll(writer, reader);
    while (writer.collect());
    expect(readAll(reader)).toEqual(all);
  });

  it('is refused on another state than it was computed on', () => {
    const { writer, reader } = twins();
    fill(writer, 0, 10);
    const patch = computeFold(reader);
    foldAll(writer, reader);
    expect(() => patch && applyWhole(writer, patch)).toThrow(RangeError);
    expect(readAll(reader)['a{t="0"}']).toHaveLength(10);
  });

  it('keeps timelines shared between pages and journal', () => {
    const { writer, reader } = twins();
    fill(writer, 0, 300);
    foldAll(writer, reader);
    fill(writer, 300, 310);
    withView(reader, (view) => {
      const set = view.select([], T0 + 100_000, T0 + HOUR * 10);
      const timelines = new Set();
      for (let i = 0; i < set.count; i++) {
        const column = new Column();
        set.read(i, column);
        expect(column.timeline.length).toBe(303);
        timelines.add(column.timeline);
      }
      expect(timelines.size).toBe(2);
    });
  });

  it('folds batches into pages of buckets', () => {
    const { writer, reader } = twins();
    const ids = ['a', 'b'].map((name) => writer.seriesId(labels(name)));
    for (let k = 0; k < 20; k++) {
      const times = Float64Array.from({ length: 40 }, (_, s) => T0 + (k * 20 + (s % 20)) * 1000);
      writer.appendSamples(
        Int32Array.from(times, (_, s) => ids[s < 20 ? 0 : 1]),
        times,
        times.map((t) => t % 977),
        40,
      );
      writer.commit();
    }
    const before = readAll(reader);
    foldAll(writer, reader);
    expect(readAll(reader)).toEqual(before);
    expect(before.a).toHaveLength(400);
  });
});

describe('a merge', () => {
  it('makes one page of many, and late samples find their place', () => {
    const store = temporaryStore({ outOfOrderMs: 10 * HOUR });
    const writer = store.writer();
    const reader = store.reader();
    for (let k = 0; k < 2000; k += 100) {
      fill(writer, k, k + 100);
      foldAll(writer, reader);
    }
    const late = writer.seriesId(labels('a{t="0"}'));
    writer.appendSamples(
      Int32Array.of(late, late, late),
      Float64Array.of(T0 + 7, T0 + 15_007, T0 + 15_000),
      row(-1, -2, -3),
      3,
    );
    writer.commit();
    const before = readAll(reader);
    expect(before['a{t="0"}'].slice(0, 4)).toEqual([
      [0, 0],
      [7, -1],
      [15000, 1],
      [15007, -2],
    ]);
    foldAll(writer, reader);
    expect(readAll(reader)).toEqual(before);
    const task = computeMerge(reader, { nowMs: T0 + 9 * HOUR });
    expect(task?.samples).toBe(2000 * 6 + 2);
    if (task) applyWhole(writer, task);
    expect(readAll(reader)).toEqual(before);
    expect(computeMerge(reader, { nowMs: T0 + 9 * HOUR })).toBeNull();
    const checkpointer = new Checkpointer(store.path);
    compactAll(writer, reader, checkpointer, T0 + 9 * HOUR);
    checkpointer.close();
    expect(readAll(reader)).toEqual(before);
    const rows = reader.snapshot((state) =>
      state.db.prepare('SELECT level, rows FROM directory ORDER BY page').all(),
    );
    expect(rows).toEqual([{ level: 2, rows: 2002 }]);
  });

  it('puts sparse data of many windows together', () => {
    const store = temporaryStore({ now: () => T0 + 40 * 24 * HOUR });
    const writer = store.writer();
    const reader = store.reader();
    const layout = writer.layoutId(Int32Array.of(writer.seriesId(labels('a')), writer.seriesId(labels('b'))));
    for (let k = 0; k < 30 * 24; k++) {
      writer.appendRow(layout, T0 + k * HOUR, row(k, -k));
      if (k % 24 === 0) foldAll(writer, reader);
    }
    writer.commit();
    const before = readAll(reader);
    const checkpointer = new Checkpointer(store.path);
    compactAll(writer, reader, checkpointer, T0 + 40 * 24 * HOUR);
    checkpointer.close();
    expect(readAll(reader)).toEqual(before);
    const column = new Column();
    withView(reader, (view) => view.select([], T0 + 5 * HOUR, T0 + 7 * HOUR).read(1, column));
    expect(samples(column).map(([, value]) => value)).toEqual([-5, -6, -7]);
    const { n } = reader.snapshot((state) =>
      state.db.prepare<{ n: number }>('SELECT count(*) AS n FROM directory').get(),
    ) ?? { n: 0 };
    expect(n).toBeLessThan(6);
  });
});
