// Label names, values, matchers, metadata, and stores that cannot be opened.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore, SeriesLimitError, StorageError } from '../../storage/index.ts';
import {
  labels,
  matchers,
  readAll,
  row,
  seriesText,
  T0,
  temporaryPath,
  temporaryStore,
  withView,
} from './helpers.ts';

function filled(series: string[]) {
  const store = temporaryStore();
  const writer = store.writer();
  const ids = series.map((text) => writer.seriesId(labels(text)));
  writer.appendRow(writer.layoutId(Int32Array.from(ids)), T0, row(...ids));
  writer.commit();
  return store;
}

describe('select', () => {
  const series = ['a{x="1",y="p"}', 'a{x="2",y="p"}', 'a{x="3"}', 'b{x="1"}', 'b{y="q"}', '{x="1"}'];
  it.each([
    ['', series],
    ['a', ['a{x="1",y="p"}', 'a{x="2",y="p"}', 'a{x="3"}']],
    ['a{x="1"}', ['a{x="1",y="p"}']],
    ['{x=~"1|3"}', ['a{x="1",y="p"}', 'a{x="3"}', 'b{x="1"}', '{x="1"}']],
    ['{x=~"[12]"}', ['a{x="1",y="p"}', 'a{x="2",y="p"}', 'b{x="1"}', '{x="1"}']],
    ['{x=""}', ['b{y="q"}']],
    ['{x!=""}', ['a{x="1",y="p"}', 'a{x="2",y="p"}', 'a{x="3"}', 'b{x="1"}', '{x="1"}']],
    ['a{x!="1"}', ['a{x="2",y="p"}', 'a{x="3"}']],
    ['a{y!~"p"}', ['a{x="3"}']],
    ['{__name__=~".+",y=""}', ['a{x="3"}', 'b{x="1"}']],
    ['{x=~"1|"}', ['a{x="1",y="p"}', 'b{x="1"}', 'b{y="q"}', '{x="1"}']],
    ['{z=""}', series],
    ['{z!=""}', []],
    ['a{x="none"}', []],
    ['{x=~"none|nix"}', []],
    ['a{x=~".*",y=~"p.*"}', ['a{x="1",y="p"}', 'a{x="2",y="p"}']],
  ])('%s', (selector, expected) => {
    const reader = filled(series).reader();
    withView(reader, (view) => {
      const set = view.select(matchers(selector), T0, T0);
      expect(Array.from({ length: set.count }, (_, i) => seriesText(reader, set, i))).toEqual(expected);
    });
  });

  it('finds series that came after the first look', () => {
    const store = filled(['a{x="1"}']);
    const reader = store.reader();
    expect(Object.keys(readAll(reader, '{x=~".+"}'))).toEqual(['a{x="1"}']);
    const writer = store.writer();
    const layout = writer.layoutId(
      Int32Array.from(Array.from({ length: 3000 }, (_, i) => writer.seriesId(labels(`b{x="${i}"}`)))),
    );
    writer.appendRow(layout, T0, new Float64Array(3000));
    writer.commit();
    expect(Object.keys(readAll(reader, '{x="1"}'))).toEqual(['a{x="1"}', 'b{x="1"}']);
    expect(Object.keys(readAll(reader, '{x=~"299."}'))).toHaveLength(10);
  });
});

describe('label names and values', () => {
  it('are sorted, cut and filtered', () => {
    const reader = filled(['a{x="10",y="p"}', 'b{x="9"}', 'c{z="ü"}']).reader();
    withView(reader, (view) => {
      expect(view.labelNames([], T0, T0, 0)).toEqual({
        values: ['__name__', 'x', 'y', 'z'],
        truncated: false,
      });
      expect(view.labelNames([matchers('b'), matchers('c')], T0, T0, 2)).toEqual({
        values: ['__name__', 'x'],
        truncated: true,
      });
      expect(view.labelValues('x', [], T0, T0, 0)).toEqual({ values: ['10', '9'], truncated: false });
      expect(view.labelValues('x', [matchers('a')], T0, T0, 0).values).toEqual(['10']);
      expect(view.labelValues('x', [], T0 + 1, T0 + 2, 0).values).toEqual([]);
      expect(view.labelValues('none', [], T0, T0, 0).values).toEqual([]);
    });
  });
});

describe('metadata', () => {
  it('keeps the newest statement', () => {
    const store = temporaryStore();
    const about = { metric: 'up', type: 'gauge', help: 'Is it?', unit: '' } as const;
    store.writer().appendMetadata([about, { metric: 'a', type: 'counter', help: '', unit: 's' }]);
    store.writer().appendMetadata([{ ...about, help: 'Is it up?' }]);
    store.writer().commit();
    withView(store.reader(), (view) => {
      expect(view.metadata('up')).toEqual([{ ...about, help: 'Is it up?' }]);
      expect(view.metadata().map((entry) => entry.metric)).toEqual(['a', 'up']);
      expect(view.metadata('none')).toEqual([]);
    });
  });
});

describe('opening', () => {
  const code = (open: () => unknown): string => {
    try {
      open();
    } catch (error) {
      if (error instanceof StorageError) return error.code;
      throw error;
    }
    return 'none';
  };

  it('refuses a second writer and welcomes readers', () => {
    const path = temporaryPath();
    const store = temporaryStore({}, path);
    expect(code(() => openStore(path))).toBe('busy');
    const second = temporaryStore({ readOnly: true }, path);
    expect(readAll(second.reader())).toEqual({});
    store.close();
    expect(code(() => temporaryStore({}, path))).toBe('none');
  });

  it('refuses what is no store and leaves it as it is', () => {
    const path = temporaryPath();
    for (const content of ['', 'This is not a database, however long it may be.'.repeat(100)]) {
      writeFileSync(path, content);
      expect(code(() => openStore(path))).toBe(content === '' ? 'damaged' : 'unreadable');
      expect(readFileSync(path, 'utf8')).toBe(content);
    }
    const folder = join(dirname(path), 'folder');
    mkdirSync(folder);
    expect(code(() => openStore(folder))).toBe('unreadable');
    expect(code(() => openStore(join(folder, 'none.db'), { readOnly: true }))).toBe('unreadable');
    expect(code(() => openStore(join(folder, 'none', 'none.db')))).toBe('unreadable');
  });

  it('refuses a file of a newer version', () => {
    const path = temporaryPath();
    temporaryStore({}, path).close();
    const bytes = readFileSync(path);
    // Offset 60 of an SQLite file: user_version, big endian.
    bytes.writeUInt32BE(99, 60);
    const newer = join(dirname(path), 'newer.db');
    writeFileSync(newer, bytes);
    expect(code(() => openStore(newer))).toBe('version');
    expect(code(() => openStore(newer, { readOnly: true }))).toBe('version');
    expect(readFileSync(newer).equals(bytes)).toBe(true);
    bytes.writeUInt32BE(0, 68);
    writeFileSync(newer, bytes);
    expect(code(() => openStore(newer))).toBe('unreadable');
    copyFileSync(path, newer);
    expect(code(() => openStore(newer, { readOnly: true }))).toBe('none');
  });
});

describe('a limit of series', () => {
  it('refuses new ones and goes on taking the known', () => {
    const store = openStore(temporaryPath(), { maxSeries: 2, now: () => T0 });
    const writer = store.writer();
    expect(writer.seriesCount).toBe(0);
    const a = writer.seriesId(labels('a{x="1"}'));
    const b = writer.seriesId(labels('b'));
    expect(writer.seriesCount).toBe(2);
    expect(() => writer.seriesId(labels('c{y="2"}'))).toThrow(SeriesLimitError);
    expect(() => writer.seriesId(labels('c{y="2"}'))).toThrow('has 2 series and may have 2');
    expect(() => writer.seriesId(labels('a{x="2"}'))).toThrow(SeriesLimitError);
    expect([writer.seriesId(labels('a{x="1"}')), writer.seriesId(labels('b'))]).toEqual([a, b]);
    expect(() => writer.seriesId(['z', '1', 'a', '1'])).toThrow('does not come after');
    writer.appendRow(writer.layoutId(Int32Array.of(a, b)), T0, row(1, 2));
    writer.commit();
    expect(Object.keys(readAll(store.reader(), '{__name__=~".+"}'))).toEqual(['a{x="1"}', 'b']);
    store.close();
  });
});
