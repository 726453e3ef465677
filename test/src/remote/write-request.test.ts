import { beforeEach, describe, expect, it } from 'vitest';
import { hashBytes, SeriesCache } from '../../../src/remote/series-cache.ts';
import { decodeWriteRequest } from '../../../src/remote/write-request.ts';
import { isStaleAt, setStale } from '../../../storage/model/sample.ts';
import { encodeWriteRequest } from '../../support/remote-write.ts';

describe('decodeWriteRequest', () => {
  let cache: SeriesCache;
  let created: string[];
  const seriesId = (labels: readonly string[]): number => created.push(labels.join('|'));
  const decode = (bytes: Uint8Array) => decodeWriteRequest(bytes, cache, seriesId);

  beforeEach(() => {
    cache = new SeriesCache(1 << 20);
    created = [];
  });

  it('reads series, samples and metadata', () => {
    const request = decode(
      encodeWriteRequest({
        series: [
          {
            labels: { __name__: 'up', job: 'a' },
            samples: [
              [1000, 1],
              [2000, 0.5],
            ],
          },
          { labels: { __name__: 'up', job: 'b' }, samples: [[-5, -0]] },
        ],
        metadata: [{ metric: 'up', type: 2, help: 'Is it?', unit: '' }],
      }),
    );
    expect(created).toEqual(['__name__|up|job|a', '__name__|up|job|b']);
    expect([...request.seriesIds.subarray(0, request.count)]).toEqual([1, 1, 2]);
    expect([...request.timesMs.subarray(0, request.count)]).toEqual([1000, 2000, -5]);
    expect([...request.values.subarray(0, request.count)]).toEqual([1, 0.5, -0]);
    expect(request.metadata).toEqual([{ metric: 'up', type: 'gauge', help: 'Is it?', unit: '' }]);
  });

  it('asks for the id of the same label bytes only once', () => {
    const bytes = encodeWriteRequest({ series: [{ labels: { __name__: 'x' }, samples: [[1, 1]] }] });
    decode(bytes);
    const again = decode(bytes);
    expect(created).toEqual(['__name__|x']);
    expect(again.seriesIds[0]).toBe(1);
  });

  it('keeps the stale marker bit for bit', () => {
    const stale = new Float64Array(1);
    setStale(stale, 0);
    const request = decode(
      encodeWriteRequest({ series: [{ labels: { __name__: 'x' }, samples: [[1, stale]] }] }),
    );
    expect(isStaleAt(request.values, 0)).toBe(true);
  });

  it('sorts labels and drops empty ones', () => {
    decode(
      encodeWriteRequest({ series: [{ labels: { z: '1', a: '', __name__: 'x', B: '2' }, samples: [] }] }),
    );
    expect(created).toEqual(['B|2|__name__|x|z|1']);
  });

  it('creates no series where any of the message is unusable', () => {
    const good = { labels: { __name__: 'good' }, samples: [[1, 1]] as [number, number][] };
    const cases: [Uint8Array, RegExp][] = [
      [
        encodeWriteRequest({ series: [good, { labels: { a: 'b' }, samples: [] }] }),
        /\{a="b"\} has no metric name/,
      ],
      [
        encodeWriteRequest({ series: [good, { labels: { __name__: 'x', '': 'v' }, samples: [] }] }),
        /empty name/,
      ],
      [encodeWriteRequest({ series: [good, { labels: {}, samples: [[1, 1]] }] }), /no labels/],
      [encodeWriteRequest({ series: [good, good] }).subarray(0, -3), /malformed/],
      [Uint8Array.of(0xff, 0xff, 0xff), /malformed/],
      [Uint8Array.of(0x0a, 0x7f), /longer than/],
    ];
    for (const [bytes, message] of cases) expect(() => decode(bytes)).toThrow(message);
    expect(created).toEqual([]);
  });
});

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

describe('SeriesCache', () => {
  it('knows a key by the one before it, as long as the order stays', () => {
    const cache = new SeriesCache(1 << 20);
    const keys = ['one', 'three', 'seven'].map((text) => Buffer.from(text));
    const find = (key: Uint8Array) => cache.find(viewOf(key), 0, key.length, hashBytes(key, 0, key.length));
    const follow = (key: Uint8Array) => cache.follow(viewOf(key), 0, key.length);
    expect(follow(keys[0])).toBe(0);
    for (const [i, key] of keys.entries())
      cache.add(key, 0, key.length, hashBytes(key, 0, key.length), i + 1);
    find(keys[0]);
    expect([follow(keys[1]), follow(keys[2]), follow(keys[0]), follow(keys[2])]).toEqual([2, 3, 1, 0]);
    expect([find(keys[2]), follow(keys[0]), follow(keys[2])]).toEqual([3, 1, 3]);
    cache.clear();
    expect([follow(keys[0]), find(keys[0])]).toEqual([0, 0]);
  });

  it('finds every key it was given, and no other', () => {
    const cache = new SeriesCache(1 << 20);
    const keys = Array.from({ length: 5000 }, (_, i) => Buffer.from(`series-${i * 7919}`));
    for (const [i, key] of keys.entries())
      cache.add(key, 0, key.length, hashBytes(key, 0, key.length), i + 1);
    const found = keys.map((key) => cache.find(viewOf(key), 0, key.length, hashBytes(key, 0, key.length)));
    expect(found).toEqual(keys.map((_, i) => i + 1));
    const other = Buffer.from('series-x');
    expect(cache.find(viewOf(other), 0, other.length, hashBytes(other, 0, other.length))).toBe(0);
  });

  it('starts over rather than grow past its bound', () => {
    const cache = new SeriesCache(1000);
    const key = (i: number) => Buffer.from(`k${i}`.padEnd(100));
    for (let i = 0; i < 25; i++) cache.add(key(i), 0, 100, hashBytes(key(i), 0, 100), i + 1);
    expect(cache.find(viewOf(key(24)), 0, 100, hashBytes(key(24), 0, 100))).toBe(25);
    expect(cache.find(viewOf(key(0)), 0, 100, hashBytes(key(0), 0, 100))).toBe(0);
  });
});
