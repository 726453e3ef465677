// A write that fails: nothing of its transaction stays, and the same samples are taken when they come again.
import { describe, expect, it } from 'vitest';
import { computeFold, FoldTrigger, foldAll, StorageError, setStatementHook } from '../../storage/index.ts';
import { labels, readAll, row, T0, temporaryStore } from './helpers.ts';

describe('a full disk', () => {
  it.each(['INSERT INTO journal', 'INSERT INTO series_blocks', 'COMMIT'])(
    'at %s loses what was not committed, and no more',
    (where) => {
      const store = temporaryStore();
      const writer = store.writer();
      const reader = store.reader();
      const append = (name: string, from: number): void => {
        const layout = writer.layoutId(
          Int32Array.of(writer.seriesId(labels('a')), writer.seriesId(labels(name))),
        );
        for (let k = from; k < from + 3; k++)
          expect(writer.appendRow(layout, T0 + k, row(k, -k)).appended).toBe(2);
      };
      append('b', 0);
      writer.commit();
      foldAll(writer, reader);
      append('b', 3);
      writer.commit();
      setStatementHook((sql) => {
        if (sql.trim().startsWith(where)) throw new StorageError('full', 'No space left');
      });
      const attempt = () => {
        append('c', 6);
        writer.commit();
      };
      try {
        expect(attempt).toThrow('No space left');
        if (where === 'INSERT INTO journal') {
          // Whoever appends next to the failed transaction must not believe it stored either.
          expect(() => append('c', 9)).toThrow('No space left');
          expect(() => writer.commit()).toThrow('No space left');
        }
      } finally {
        setStatementHook(null);
      }
      expect(readAll(reader).a).toHaveLength(6);
      attempt();
      expect(readAll(reader).a.map(([, value]) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(readAll(reader).c).toHaveLength(3);
      expect(reader.damage.count).toBe(0);
    },
  );
});

describe('the fold trigger', () => {
  it('goes by arrival and by size', () => {
    const store = temporaryStore();
    const writer = store.writer();
    const reader = store.reader();
    const layout = writer.layoutId(Int32Array.of(writer.seriesId(labels('a'))));
    const trigger = new FoldTrigger({ ageMs: 1000, journalBytes: 2000 });
    const now = T0 + 80_000_000;
    expect(trigger.isDue(reader, now)).toBe(false);
    // Sent late: old from the start, but it only just arrived.
    writer.appendRow(layout, T0, row(1));
    writer.commit();
    expect(trigger.isDue(reader, now + 10)).toBe(false);
    expect(trigger.isDue(reader, now + 1000)).toBe(true);
    foldAll(writer, reader);
    expect(trigger.isDue(reader, now + 2000)).toBe(false);
    for (let k = 1; k < 500; k++) writer.appendRow(layout, T0 + k, row(Math.sqrt(k)));
    writer.commit();
    expect(trigger.isDue(reader, now + 2010)).toBe(true);
    expect(computeFold(reader)?.samples).toBe(499);
  });
});
