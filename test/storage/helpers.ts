// What the store's tests share: temporary files, labels and columns in a short notation.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Column, SeriesSet, Source, Store, StoreOptions, View } from '../../storage/index.ts';
import { openStore } from '../../storage/index.ts';
import type { Labels } from '../../storage/model/labels.ts';
import { labelsFromObject } from '../../storage/model/labels.ts';
import type { Matcher } from '../../storage/model/matcher.ts';
import { createMatcher } from '../../storage/model/matcher.ts';
import { Column as ColumnBuffer, hasBit } from '../../storage/model/sample.ts';

/** A moment to count from: 2026-01-01. */
export const T0 = Date.UTC(2026, 0, 1);

/** A path in a folder that goes when the test ends. */
export function temporaryPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'test.db');
}

/** A store that is closed when the test ends. Its clock stands a day after T0. */
export function temporaryStore(options: StoreOptions = {}, path = temporaryPath()): Store {
  const store = openStore(path, { now: () => T0 + 86_400_000, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** `up{job="a"}` as labels. */
export function labels(text: string): Labels {
  const match = /^([\w:]*)(?:\{(.*)\})?$/.exec(text);
  if (!match) throw new Error(`No series: ${text}`);
  const object: Record<string, string> = match[1] ? { __name__: match[1] } : {};
  for (const [, name, value] of (match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)) object[name] = value;
  return labelsFromObject(object);
}

/** `up{job=~"a.*"}` as matchers. */
export function matchers(text: string): Matcher[] {
  const match = /^([\w:]*)(?:\{(.*)\})?$/.exec(text);
  if (!match) throw new Error(`No selector: ${text}`);
  const list = match[1] ? [createMatcher('__name__', '=', match[1])] : [];
  for (const [, name, op, value] of (match[2] ?? '').matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g))
    list.push(createMatcher(name, op as '=', value));
  return list;
}

/** Labels of series i of a set as text, `up{job="a"}`. */
export function seriesText(source: Source, set: SeriesSet, i: number): string {
  const ids = set.labels(i);
  let name = '';
  const rest: string[] = [];
  for (let k = 0; k < ids.length; k += 2) {
    const label = source.symbols.text(ids[k]);
    const value = source.symbols.text(ids[k + 1]);
    if (label === '__name__') name = value;
    else rest.push(`${label}="${value}"`);
  }
  return rest.length > 0 ? `${name}{${rest.join(',')}}` : name;
}

/** Samples as `[time - T0, value]`, stale markers as 'stale'. */
export function samples(column: Column): [number, number | 'stale'][] {
  const list: [number, number | 'stale'][] = [];
  for (let k = 0; k < column.timeline.length; k++) {
    const isStale = column.stale !== null && hasBit(column.stale, k);
    list.push([column.timeline.times[k] - T0, isStale ? 'stale' : column.values[k]]);
  }
  return list;
}

/** What a selection reads, by series; series without samples are left out. */
export function readAll(
  source: Source,
  selector = '',
  startMs = -Infinity,
  endMs = Infinity,
): Record<string, [number, number | 'stale'][]> {
  return withView(source, (view) => {
    const set = view.select(matchers(selector), startMs, endMs);
    const column = new ColumnBuffer();
    const result: Record<string, [number, number | 'stale'][]> = {};
    for (let i = 0; i < set.count; i++) {
      set.read(i, column);
      if (column.timeline.length > 0) result[seriesText(source, set, i)] = samples(column);
    }
    return result;
  });
}

export function withView<T>(source: Source, use: (view: View) => T): T {
  const view = source.view();
  try {
    return use(view);
  } finally {
    view.close();
  }
}

/** A row's values; 'stale' is the stale marker. */
export function row(...values: (number | 'stale')[]): Float64Array {
  const array = new Float64Array(values.length);
  const words = new Uint32Array(array.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === 'stale') {
      words[2 * i] = 2;
      words[2 * i + 1] = 0x7ff00000;
    } else array[i] = value;
  }
  return array;
}
