import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DamagedError, StorageError } from '../../storage/errors.ts';
import {
  createFrameCache,
  encodePage,
  type FrameCache,
  openPage,
  type Page,
  type PageColumn,
} from '../../storage/page.ts';
import { anyColumn, anyDamage, damaged, STALE, setBits, walkColumn, wordsOf } from './codec/columns.ts';

const OPTIONS = { minTimeMs: 1.7e12, maxTimeMs: 1.7e12 + 1e6, level: 1 };

function column(seriesId: number, values: Float64Array, timelineId = 1): PageColumn {
  return { seriesId, timelineId, values, count: values.length };
}

function walk(count: number, seed: number): Float64Array {
  let state = seed;
  let value = 1000 * seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    value += state >>> 27;
    return value;
  });
}

function readAll(page: Page, k: number): Float64Array {
  const out = new Float64Array(page.length(k));
  page.read(k, 0, page.length(k), out, 0);
  return out;
}

/** A cache that notes what was decompressed. */
function recordingCache(): FrameCache & { keys: number[] } {
  const cache = createFrameCache(1e9);
  const keys: number[] = [];
  return {
    keys,
    get: (key) => cache.get(key),
    set(key, frame) {
      keys.push(key);
      cache.set(key, frame);
    },
  };
}

/** Makes the header's checksum right again; the header ends at `end`. */
function setChecksum(bytes: Uint8Array<ArrayBuffer>, end: number): void {
  const checksum = crc32(bytes.subarray(10, end), crc32(bytes.subarray(0, 6)));
  new DataView(bytes.buffer).setUint32(6, checksum, true);
}

const anyColumns = fc
  .array(fc.tuple(fc.nat(1e6), fc.nat(3), fc.oneof(anyColumn, walkColumn)), { maxLength: 12 })
  .map((list) => {
    const byId = new Map(list.map(([id, timeline, values]) => [id, column(id, values, timeline)]));
    return [...byId.values()];
  });

describe('pages', () => {
  it('keep every bit of every column', () => {
    fc.assert(
      fc.property(anyColumns, (columns) => {
        const page = openPage(encodePage(columns, OPTIONS));
        expect(page.count).toBe(columns.length);
        columns.forEach((c, k) => {
          expect([page.seriesId(k), page.timelineId(k), page.length(k)]).toEqual([
            c.seriesId,
            c.timelineId,
            c.count,
          ]);
          expect(page.find(c.seriesId)).toBe(k);
          expect(wordsOf(readAll(page, k))).toEqual(wordsOf(c.values));
        });
        expect(page.find(2e6)).toBe(-1);
      }),
      { numRuns: 100 },
    );
  });

  it('keep their time range', () => {
    const page = openPage(encodePage([column(1, Float64Array.of(1))], OPTIONS));
    expect([page.minTimeMs, page.maxTimeMs]).toEqual([OPTIONS.minTimeMs, OPTIONS.maxTimeMs]);
  });

  it('may be empty', () => {
    const page = openPage(encodePage([], OPTIONS));
    expect(page.count).toBe(0);
    expect(page.find(1)).toBe(-1);
  });

  it('read stretches across frames', () => {
    const columns = Array.from({ length: 150 }, (_, k) => column(k + 10, walk(1920 - 7 * k, k + 1)));
    const page = openPage(encodePage(columns, OPTIONS));
    for (const [k, from, to] of [
      [0, 0, 1920],
      [0, 479, 482],
      [63, 100, 1400],
      [64, 0, 1],
      [149, 870, 877],
      [149, 240, 240],
    ]) {
      const out = new Float64Array(to - from + 5).fill(-1);
      page.read(k, from, to, out, 2);
      expect(out.subarray(2, 2 + to - from)).toEqual(columns[k].values.subarray(from, to));
      expect([out[1], out[2 + to - from]]).toEqual([-1, -1]);
    }
  });

  it('decompress only the frame that is read, and each once', () => {
    const columns = Array.from({ length: 128 }, (_, k) => column(k + 1, walk(1920, k + 1)));
    const cache = recordingCache();
    const page = openPage(encodePage(columns, OPTIONS), 3, cache);
    const out = new Float64Array(1920);
    page.read(5, 1900, 1920, out, 0);
    page.read(60, 1900, 1920, out, 0);
    expect(cache.keys).toEqual([3 * 65536 + 3]);
    page.read(64, 0, 10, out, 0);
    page.read(5, 1900, 1920, out, 0);
    expect(cache.keys).toEqual([3 * 65536 + 3, 3 * 65536 + 4]);
  });

  it('cut long columns into blocks of equal length', () => {
    const cache = recordingCache();
    const page = openPage(encodePage([column(1, walk(500, 1))], OPTIONS), 0, cache);
    readAll(page, 0);
    expect(cache.keys).toEqual([0]);
  });

  it('know stale markers and columns that never decrease', () => {
    const stale = walk(600, 2);
    setBits(stale, 599, STALE);
    const page = openPage(
      encodePage([column(1, walk(600, 1)), column(2, stale), column(3, Float64Array.of(2, 1))], OPTIONS),
    );
    expect([0, 1, 2].map((k) => page.hasStale(k))).toEqual([false, true, false]);
    expect([0, 1, 2].map((k) => page.neverDecreases(k))).toEqual([true, false, false]);
  });

  it('take the first values of longer arrays', () => {
    const page = openPage(
      encodePage([{ seriesId: 1, timelineId: 1, values: walk(100, 1), count: 10 }], OPTIONS),
    );
    expect(readAll(page, 0)).toEqual(walk(100, 1).subarray(0, 10));
  });

  it('are small', () => {
    const constants = Array.from({ length: 1000 }, (_, k) =>
      column(k + 1, new Float64Array(480).fill(k % 7)),
    );
    expect(encodePage(constants, OPTIONS).length).toBeLessThan(3000);
    const counters = Array.from({ length: 64 }, (_, k) => column(k + 1, walk(480, k + 1)));
    // Steps are five random bits: 0.625 bytes.
    expect(encodePage(counters, OPTIONS).length / (64 * 480)).toBeLessThan(0.67);
  });

  it('refuse columns that cannot be stored', () => {
    const one = Float64Array.of(1);
    expect(() => encodePage([column(1, one), column(1, one)], OPTIONS)).toThrow('Series 1 comes twice');
    expect(() => encodePage([column(1, new Float64Array(0))], OPTIONS)).toThrow('0 samples');
    expect(() => encodePage([{ ...column(1, one), count: 2 }], OPTIONS)).toThrow('2 samples in 1 slots');
    expect(() => encodePage([], { ...OPTIONS, maxTimeMs: 0 })).toThrow(RangeError);
  });

  it('refuse slots that are not there', () => {
    const page = openPage(encodePage([column(1, walk(10, 1))], OPTIONS));
    expect(() => page.read(0, 0, 11, new Float64Array(20), 0)).toThrow('which has 10');
    expect(() => page.read(1, 0, 1, new Float64Array(20), 0)).toThrow(RangeError);
    expect(() => page.read(0, 0, 10, new Float64Array(9), 0)).toThrow('No room');
  });
});

describe('damaged pages', () => {
  const columns = Array.from({ length: 100 }, (_, k) => column(k + 1, walk(960, k + 1)));
  const bytes = encodePage(columns, OPTIONS);

  /** Reads all columns; gives how many failed. A column that is read has to be right. */
  function failures(page: Page): number {
    let failed = 0;
    for (let k = 0; k < page.count; k++) {
      try {
        expect(readAll(page, k)).toEqual(columns[k].values);
      } catch (error) {
        if (!(error instanceof DamagedError)) throw error;
        failed++;
      }
    }
    return failed;
  }

  it('never give a wrong value', () => {
    fc.assert(
      fc.property(anyDamage, (damage) => {
        const hurt = damaged(bytes, damage);
        if (Buffer.compare(hurt, bytes) === 0) return;
        try {
          expect(failures(openPage(hurt))).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(DamagedError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are refused for every byte of the header that changed', () => {
    const headerBytes = 10 + new DataView(bytes.buffer).getUint32(2, true);
    for (let at = 0; at < headerBytes; at++) {
      const hurt = bytes.slice();
      hurt[at] ^= 0x10;
      expect(() => openPage(hurt), `byte ${at}`).toThrow(DamagedError);
    }
  });

  it('lose only the frame that is hit', () => {
    const hurt = bytes.slice();
    hurt[hurt.length - 5] ^= 1;
    // The last frame: columns 64 to 99, slots 480 to 959.
    const page = openPage(hurt);
    expect(failures(page)).toBe(36);
    const out = new Float64Array(480);
    page.read(99, 0, 480, out, 0);
    expect(out).toEqual(columns[99].values.subarray(0, 480));
    expect(() => page.read(99, 480, 481, out, 0)).toThrow('fails its checksum');
  });

  it('are refused when cut off, appended to, or something else', () => {
    expect(() => openPage(bytes.subarray(0, bytes.length - 1))).toThrow(DamagedError);
    expect(() => openPage(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow('left over');
    expect(() => openPage(new Uint8Array(0))).toThrow('Not a page');
    expect(() => openPage(Buffer.from('SQLite format 3'))).toThrow('Not a page');
  });

  it('neither crash nor ask for much memory behind a right checksum', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }), (changes) => {
        const hurt = bytes.slice();
        const end = 10 + new DataView(hurt.buffer).getUint32(2, true);
        for (const [at, byte] of changes) hurt[10 + (at % (end - 10))] = byte;
        setChecksum(hurt, end);
        try {
          const page = openPage(hurt);
          for (let k = 0; k < Math.min(page.count, 200); k++) readAll(page, k);
        } catch (error) {
          expect(error).toBeInstanceOf(StorageError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('name a version they do not know', () => {
    const newer = bytes.slice();
    newer[1] = 2;
    expect(() => openPage(newer)).toThrow('fails its checksum');
    setChecksum(newer, 10 + new DataView(newer.buffer).getUint32(2, true));
    expect(() => openPage(newer)).toThrow('Page of version 2');
    try {
      openPage(newer);
    } catch (error) {
      expect((error as StorageError).code).toBe('version');
    }
  });
});

describe('createFrameCache()', () => {
  const frame = (bytes: number) => ({
    bytes: new Uint8Array(bytes),
    heads: new Int32Array(2),
    starts: new Int32Array(1),
    ends: new Int32Array(1),
  });

  it('drops what was not used for longest', () => {
    const cache = createFrameCache(10_000);
    cache.set(1, frame(3000));
    cache.set(2, frame(3000));
    cache.get(1);
    cache.set(3, frame(3000));
    expect([1, 2, 3].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true]);
  });

  it('counts a replaced frame once', () => {
    const cache = createFrameCache(10_000);
    for (let i = 0; i < 10; i++) cache.set(1, frame(4000));
    cache.set(2, frame(4000));
    expect(cache.get(1)).toBeDefined();
  });

  it('keeps nothing that is larger than itself', () => {
    const cache = createFrameCache(100);
    cache.set(1, frame(4000));
    expect(cache.get(1)).toBeUndefined();
  });
});

describe('zstd', () => {
  it('reads streams that were joined as one, which frames rely on', () => {
    const params = { [constants.ZSTD_c_compressionLevel]: 1 };
    const joined = Buffer.concat(
      ['first ', 'second'].map((t) => zstdCompressSync(Buffer.from(t), { params })),
    );
    expect(zstdDecompressSync(joined).toString()).toBe('first second');
  });
});
