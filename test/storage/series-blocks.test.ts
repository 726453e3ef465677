// Series blocks as readers that come along at different times see them: small blocks are gathered into full ones while
// a reader knows only some of their series.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../../storage/index.ts';
import { labelsFromObject } from '../../storage/model/labels.ts';

describe('series blocks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-blocks-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('can be followed by readers that know any part of what was gathered', () => {
    const now = Date.now();
    const store = openStore(join(folder, 'store.db'));
    const writer = store.writer();
    const readers = [store.reader()];
    const count = (reader: (typeof readers)[number]): number => {
      const view = reader.view();
      try {
        const set = view.select([], 0, now);
        const texts = new Set<string>();
        for (let i = 0; i < set.count; i++)
          texts.add(Array.from(set.labels(i), (symbol) => reader.symbols.text(symbol)).join());
        return texts.size;
      } finally {
        view.close();
      }
    };
    let made = 0;
    // 60 commits of 70 series pass the bound on small blocks several times; every series brings texts of its own.
    for (let commit = 0; commit < 60; commit++) {
      for (let i = 0; i < 70; i++) {
        const id = writer.seriesId(
          labelsFromObject({ __name__: 'm', series: `s${made}`, commit: `c${commit}` }),
        );
        writer.appendSamples(Int32Array.of(id), Float64Array.of(now), Float64Array.of(made), 1);
        made++;
      }
      writer.commit();
      if (commit % 7 === 3) readers.push(store.reader());
      // Each reader looks only now and then, so that it falls behind by different amounts.
      for (const [k, reader] of readers.entries())
        if (commit % (k + 2) === 0) expect(count(reader)).toBe(made);
    }
    for (const reader of [...readers, store.reader()]) expect(count(reader)).toBe(made);
    store.close();
  });
});
