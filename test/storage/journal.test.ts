// What is appended and committed can be read back, from other connections too.
import { describe, expect, it } from 'vitest';
import { Column } from '../../storage/model/sample.ts';
import { labels, matchers, readAll, row, T0, temporaryPath, temporaryStore, withView } from './helpers.ts';

describe('rows', () => {
  it('come back as columns, once committed', () => {
    const store = temporaryStore();
    const writer = store.writer();
    const reader = store.reader();
    const layout = writer.layoutId(
      Int32Array.of(writer.seriesId(labels('up{job="a"}')), writer.seriesId(labels('load{job="a"}'))),
    );
    for (let k = 0; k < 60; k++) writer.appendRow(layout, T0 + k * 1000, row(1, k === 59 ? 'stale' : k / 10));
    expect(readAll(reader)).toEqual({});
    writer.commit();
    const all = readAll(reader);
    expect(Object.keys(all)).toEqual(['up{job="a"}', 'load{job="a"}']);
    expect(all['load{job="a"}']).toHaveLength(60);
    expect(all['load{job="a"}'].slice(-3)).toEqual([
      [57000, 5.7],
      [58000, 5.8],
      [59000, 'stale'],
    ]);
    expect(readAll(reader, 'load', T0 + 10_000, T0 + 12_000)).toEqual({
      'load{job="a"}': [
        [10000, 1],
        [11000, 1.1],
        [12000, 1.2],
      ],
    });
  });

  it('of one target share their timeline and tell what never decreases', () => {
    const store = temporaryStore();
    const writer = store.writer();
    const ids = ['a', 'b', 'c'].map((name) => writer.seriesId(labels(name)));
    const layout = writer.layoutId(Int32Array.from(ids));
    for (let k = 0; k < 10; k++) writer.appendRow(layout, T0 + k, row(k, -k, k === 5 ? NaN : k));
    writer.commit();
    withView(store.reader(), (view) => {
      const set = view.select([], T0, T0 + 100);
      const columns = ids.map((_, i) => {
        const column = new Column();
        set.read(i, column);
        return column;
      });
      expect(columns[1].timeline).toBe(columns[0].timeline);
      expect(columns.map((column) => column.neverDecreases)).toEqual([true, false, false]);
      expect(columns.map((column) => column.stale)).toEqual([null, null, null]);
      expect(columns[2].values[5]).toBeNaN();
      const again = new Column();
      view.select(matchers('c'), T0, T0 + 100).read(0, again);
      expect(again.timeline).toBe(columns[0].timeline);
    });
  });

  it('survive closing and opening, ids as they were', () => {
    const path = temporaryPath();
    const first = temporaryStore({}, path);
    const id = first.writer().seriesId(labels('up{job="a",note="äöü 🎉"}'));
    const layout = first.writer().layoutId(Int32Array.of(id));
    first.writer().appendRow(layout, T0, row(1));
    first.writer().commit();
    first.writer().appendRow(layout, T0 + 1, row(2));
    first.close();
    const second = temporaryStore({}, path);
    expect(second.writer().seriesId(labels('up{job="a",note="äöü 🎉"}'))).toBe(id);
    expect(second.writer().layoutId(Int32Array.of(id))).toBe(layout);
    second.writer().appendRow(layout, T0 + 2, row(3));
    second.writer().commit();
    expect(readAll(second.reader())).toEqual({
      'up{job="a",note="äöü 🎉"}': [
        [0, 1],
        [2, 3],
      ],
    });
  });
});

describe('samples with times of their own', () => {
  it('come back in order, together with rows', () => {
    const store = temporaryStore();
    const writer = store.writer();
    const [a, b] = ['a', 'b'].map((name) => writer.seriesId(labels(name)));
    writer.appendRow(writer.layoutId(Int32Array.of(a)), T0, row(1));
    writer.appendSamples(
      Int32Array.of(a, a, b),
      Float64Array.of(T0 + 1, T0 + 2, T0 + 1),
      row(2, 'stale', 9),
      3,
    );
    writer.commit();
    writer.appendSamples(Int32Array.of(b), Float64Array.of(T0 + 5), row(10), 1);
    writer.commit();
    expect(readAll(store.reader())).toEqual({
      a: [
        [0, 1],
        [1, 2],
        [2, 'stale'],
      ],
      b: [
        [1, 9],
        [5, 10],
      ],
    });
  });

  it('are judged one by one', () => {
    const store = temporaryStore({ retentionMs: 2 * 86_400_000 });
    const writer = store.writer();
    const now = T0 + 86_400_000;
    const a = writer.seriesId(labels('a'));
    const append = (time: number, value: number) =>
      writer.appendSamples(Int32Array.of(a), Float64Array.of(time), row(value), 1);
    const none = { appended: 0, outOfOrder: 0, duplicate: 0, tooOld: 0, tooFarAhead: 0 };
    expect(append(T0, 1)).toEqual({ ...none, appended: 1 });
    expect(append(T0, 1)).toEqual({ ...none, appended: 1 });
    expect(append(T0, 2)).toEqual({ ...none, duplicate: 1 });
    expect(append(T0 - 1, 2)).toEqual({ ...none, outOfOrder: 1 });
    expect(append(now - 2 * 86_400_000 - 1, 2)).toEqual({ ...none, tooOld: 1 });
    expect(append(now + 600_001, 2)).toEqual({ ...none, tooFarAhead: 1 });
    expect(append(now + 600_000, 3)).toEqual({ ...none, appended: 1 });
    writer.commit();
    expect(readAll(store.reader()).a).toEqual([
      [0, 1],
      [now + 600_000 - T0, 3],
    ]);
  });

  it('may be late within the window, and then the first of a time stays', () => {
    const store = temporaryStore({ outOfOrderMs: 100 });
    const writer = store.writer();
    const a = writer.seriesId(labels('a'));
    const layout = writer.layoutId(Int32Array.of(a));
    for (const [time, value] of [
      [100, 1],
      [200, 2],
      [150, 3],
      [150, 4],
      [99, 5],
    ]) // prettier-ignore
      writer.appendRow(layout, T0 + time, row(value));
    writer.commit();
    expect(readAll(store.reader()).a).toEqual([
      [100, 1],
      [150, 3],
      [200, 2],
    ]);
  });
});
