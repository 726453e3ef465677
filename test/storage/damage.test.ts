// Flipped bits: what they hit is left out and counted, nothing wrong is ever read, and the check names it.
import { describe, expect, it } from 'vitest';
import { openForCheckpoints } from '../../storage/db/database.ts';
import type { Store } from '../../storage/index.ts';
import {
  applyWhole,
  checkStore,
  computeFold,
  computeMerge,
  foldAll,
  StorageError,
} from '../../storage/index.ts';
import { labels, readAll, row, T0, temporaryStore } from './helpers.ts';

/** 100 rows of two series: a counts, b counts down. */
function filled(): Store {
  const store = temporaryStore();
  const writer = store.writer();
  const layout = writer.layoutId(Int32Array.from(['a', 'b'], (name) => writer.seriesId(labels(name))));
  for (let k = 0; k < 100; k++) writer.appendRow(layout, T0 + k * 1000, row(k + 0.25, -k));
  writer.commit();
  return store;
}

/** Flips a bit of a blob in the middle of a table's row. */
function damage(store: Store, table: string, key: string, id: number): void {
  const db = openForCheckpoints(store.path, {});
  const data = db.prepare<{ data: Uint8Array }>(`SELECT data FROM ${table} WHERE ${key} = ?`).get(id)?.data;
  if (!data) throw new Error(`No ${table} ${id}`);
  data[data.length >>> 1] ^= 4;
  db.prepare(`UPDATE ${table} SET data = ? WHERE ${key} = ?`).run(data, id);
  db.close();
}

describe('damage', () => {
  it('to a row costs that row', () => {
    const store = filled();
    damage(store, 'journal', 'seq', 30);
    const reader = store.reader();
    expect(readAll(reader).a.map(([, value]) => value)).toEqual(
      Array.from({ length: 100 }, (_, k) => k + 0.25).filter((value) => value !== 29.25),
    );
    expect(reader.damage).toEqual({ count: 1, message: 'Journal row 30 fails its checksum' });
    expect(checkStore(store.path).problems).toEqual(['Journal row 30 fails its checksum']);
  });

  it('to a keyframe costs the rows up to the next', () => {
    const store = filled();
    damage(store, 'journal', 'seq', 25);
    const found = readAll(store.reader()).b.map(([, value]) => value);
    expect(found).toEqual(Array.from({ length: 100 }, (_, k) => -k).filter((_, k) => k < 24 || k >= 48));
    foldAll(store.writer(), store.reader());
    expect(readAll(store.reader()).b.map(([, value]) => value)).toEqual(found);
  });

  it('to a batch costs the batch', () => {
    const store = filled();
    const writer = store.writer();
    const c = writer.seriesId(labels('c'));
    for (let k = 0; k < 3; k++) {
      writer.appendSamples(Int32Array.of(c, c), Float64Array.of(T0 + 2 * k, T0 + 2 * k + 1), row(k, k), 2);
      writer.commit();
    }
    damage(store, 'journal', 'seq', 102);
    expect(readAll(store.reader()).c.map(([time]) => time)).toEqual([0, 1, 4, 5]);
  });

  it('to a page costs the page, and a merge keeps it aside', () => {
    const store = filled();
    const writer = store.writer();
    const reader = store.reader();
    foldAll(writer, reader);
    const layout = writer.layoutId(Int32Array.of(1, 2));
    for (let k = 100; k < 150; k++) writer.appendRow(layout, T0 + k * 1000, row(k + 0.25, -k));
    foldAll(writer, reader);
    damage(store, 'pages', 'id', 1);
    const second = store.reader();
    const expected = Array.from({ length: 50 }, (_, k) => [(100 + k) * 1000, 100.25 + k]);
    expect(readAll(second).a).toEqual(expected);
    expect(second.damage.count).toBeGreaterThan(0);
    const merge = computeMerge(second, { nowMs: T0, all: true });
    if (merge) applyWhole(writer, merge);
    while (writer.collect());
    expect(readAll(second).a).toEqual(expected);
    const { problems } = checkStore(store.path);
    expect(problems).toEqual(['Page 1 was found damaged before']);
    expect(computeFold(second)).toBeNull();
  });

  it.each([
    ['timelines', 'id', 1],
    ['layouts', 'id', 1],
    ['activity', 'window_ms', T0],
  ])('to %s leaves no wrong sample', (table, key, id) => {
    const store = filled();
    foldAll(store.writer(), store.reader());
    const whole = readAll(store.reader());
    damage(store, table, key, id);
    const reader = store.reader();
    const found = readAll(reader);
    expect(reader.damage.count).toBeGreaterThan(0);
    for (const [series, list] of Object.entries(found))
      expect(whole[series]).toEqual(expect.arrayContaining(list));
    expect(checkStore(store.path).problems.join()).toContain('fails its checksum');
  });

  it('to the series is refused', () => {
    const store = filled();
    damage(store, 'series_blocks', 'first_id', 1);
    expect(() => readAll(store.reader())).toThrow(StorageError);
    expect(checkStore(store.path).problems).toEqual(['Series block at 1 fails its checksum']);
  });
});
