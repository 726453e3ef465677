// Answers made from labels and newest samples: federation, and the statistics of the store.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../query/engine.ts';
import { DEFAULT_ENGINE } from '../../../src/options.ts';
import { answer } from '../../../src/threads/answer.ts';
import type { ReadRequest } from '../../../src/threads/services.ts';
import { openStore, type Store } from '../../../storage/index.ts';
import { labelsFromObject } from '../../../storage/model/labels.ts';
import { setStale } from '../../../storage/model/sample.ts';

const NOW = 1_700_000_000_000;

describe('answers from labels and newest samples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-listing-'));
  let store: Store;

  beforeAll(() => {
    store = openStore(join(folder, 'ferula.db'), { now: () => NOW });
    const writer = store.writer();
    const series: Record<string, string>[] = [
      { __name__: 'up', job: 'a', instance: 'i' },
      { __name__: 'up', job: 'b' },
      { __name__: 'gone', job: 'a' },
      { __name__: 'my.metric', 'my.label': 'a"b\n' },
      { __name__: 'old', job: 'a' },
      { __name__: 'up', job: 'c', region: 'own' },
    ];
    const ids = Int32Array.from(series, (one) => writer.seriesId(labelsFromObject(one)));
    const times = Float64Array.from(ids, (_, i) => (i === 4 ? NOW - 400_000 : NOW - 1000));
    const values = Float64Array.of(1, Number.NEGATIVE_INFINITY, 0, 1e-7, 5, 0.5);
    setStale(values, 2);
    writer.appendSamples(ids, times, values, ids.length);
    writer.commit();
  });
  afterAll(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (request: ReadRequest): string => {
    const reader = store.reader();
    const engine = createEngine(DEFAULT_ENGINE);
    try {
      return Buffer.concat(answer(reader, engine, request, { timeoutMs: 1000 })).toString();
    } finally {
      reader.close();
    }
  };

  it('federates newest samples by metric, with external labels and without series that ended', () => {
    const text = ask({
      kind: 'federate',
      match: ['{__name__=~".+"}', 'up'],
      nowMs: NOW,
      externalLabels: ['region', 'north'],
    });
    expect(text.split('\n')).toEqual([
      '# TYPE "my.metric" untyped',
      `{"my.metric","my.label"="a\\"b\\n",instance="",region="north"} 0.0000001 ${NOW - 1000}`,
      '# TYPE up untyped',
      `up{instance="i",job="a",region="north"} 1 ${NOW - 1000}`,
      `up{job="b",instance="",region="north"} -Inf ${NOW - 1000}`,
      `up{job="c",region="own",instance=""} 0.5 ${NOW - 1000}`,
      '',
    ]);
  });

  it('counts series by metric, label and pair', () => {
    const { data } = JSON.parse(ask({ kind: 'tsdb_status', limit: 2, nowMs: NOW })) as {
      data: { headStats: { numSeries: number; numLabelPairs: number } };
    };
    expect(data).toMatchObject({
      headStats: { numSeries: 6, numLabelPairs: 10 },
      seriesCountByMetricName: [
        { name: 'up', value: 3 },
        { name: 'gone', value: 1 },
      ],
      labelValueCountByLabelName: [
        { name: '__name__', value: 4 },
        { name: 'job', value: 3 },
      ],
      seriesCountByLabelValuePair: [
        { name: '__name__=up', value: 3 },
        { name: 'job=a', value: 3 },
      ],
    });
  });

  it('lists series once, sorted for several selectors, cut with a warning', () => {
    const request = { kind: 'series', startMs: NOW - 500_000, endMs: NOW, limit: 0 } as const;
    const list = (match: string[], limit = 0) =>
      JSON.parse(ask({ ...request, match, limit })) as {
        data: Record<string, string>[];
        warnings?: string[];
      };
    expect(list(['up', '{job="a"}']).data.map(({ __name__, job }) => `${__name__} ${job}`)).toEqual([
      'gone a',
      'old a',
      'up a',
      'up b',
      'up c',
    ]);
    const cut = list(['up'], 1);
    expect([cut.data.length, cut.warnings]).toEqual([1, ['results truncated due to limit']]);
    expect(list(['absent_metric'])).toEqual({ status: 'success', data: [] });
    expect(list(['{__name__="my.metric"}']).data).toEqual([{ __name__: 'my.metric', 'my.label': 'a"b\n' }]);
  });
});
