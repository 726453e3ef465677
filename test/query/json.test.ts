import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, writeAnswer } from '../../query/json.ts';
import { MemorySource } from '../support/memory-source.ts';
import { run } from './exec/ask.ts';

const source = new MemorySource()
  .load(60_000, 'm{a="x"} 1.5 NaN 1e-7 -0\nm{a="y"} 1 _ stale Inf')
  .load(1500, 'odd 1 2 3');
source.addNotation(['__name__', 'w', 'päth', '"C:\\'], 60_000, '1');

function text(...args: Parameters<typeof run>): string {
  return Buffer.concat(writeAnswer(run(...args))).toString();
}

describe('answers', () => {
  it.each([
    [
      'm',
      0,
      '"vector","result":[{"metric":{"__name__":"m","a":"x"},"value":[0,"1.5"]},{"metric":{"__name__":"m","a":"y"},"value":[0,"1"]}]',
    ],
    [
      'm',
      [0, 3, 1],
      '"matrix","result":[{"metric":{"__name__":"m","a":"x"},"values":[[0,"1.5"],[60,"NaN"],[120,"1e-07"],[180,"-0"]]},{"metric":{"__name__":"m","a":"y"},"values":[[0,"1"],[60,"1"],[180,"+Inf"]]}]',
    ],
    ['odd[3s]', 0.05, '"matrix","result":[{"metric":{"__name__":"odd"},"values":[[1.500,"2"],[3,"3"]]}]'],
    ['w', 0, '"vector","result":[{"metric":{"__name__":"w","päth":"\\"C:\\\\"},"value":[0,"1"]}]'],
    ['1 / 3', 1, '"scalar","result":[60,"0.3333333333333333"]'],
    ['2', [0, 1, 0.5], '"matrix","result":[{"metric":{},"values":[[0,"2"],[30,"2"],[60,"2"]]}]'],
    ['"a\\nb"', 1, '"string","result":[60,"a\\nb"]'],
    ['missing', 0, '"vector","result":[]'],
    ['missing', [0, 1, 1], '"matrix","result":[]'],
  ] as const)('%s at %s', (query, when, data) => {
    expect(text(source, query, when)).toBe(`{"status":"success","data":{"resultType":${data}}}`);
  });

  it('carry warnings and infos, ten of each at most', () => {
    const few = JSON.parse(text(source, 'quantile(2, m) + rate(odd[1m])', 1));
    expect(few.warnings).toEqual(['PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)']);
    expect(few.infos).toHaveLength(1);
    const many = Array.from({ length: 12 }, (_, i) => `quantile(${i + 2}, m)`).join(' + ');
    const { warnings } = JSON.parse(text(source, many, 0));
    expect(warnings).toHaveLength(11);
    expect(warnings[10]).toBe('2 more warning annotations omitted');
  });

  it('carry stats where asked for', () => {
    const result = run(source, 'm{a="x"}', [0, 3, 1], {}, { perStepStats: true });
    const { data } = JSON.parse(Buffer.concat(writeAnswer(result, { stats: true })).toString());
    expect(data.stats.samples.totalQueryableSamples).toBe(4);
    expect(data.stats.samples.totalQueryableSamplesPerStep).toEqual([
      [0, 1],
      [60, 1],
      [120, 1],
      [180, 1],
    ]);
    expect(data.stats.timings.evalTotalTime).toBeGreaterThanOrEqual(0);
  });

  it('of any size come in chunks that join to the whole', () => {
    const large = new MemorySource();
    for (let i = 0; i < 40; i++) large.load(60_000, `m{i="${i}"} 0.1+0.1x1000`);
    const chunks = writeAnswer(run(large, 'm', [0, 1000, 1]));
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(CHUNK_BYTES);
    const { data } = JSON.parse(Buffer.concat(chunks).toString());
    expect(data.result).toHaveLength(40);
    for (const { values } of data.result) {
      expect(values).toHaveLength(1001);
      expect(values[1000]).toEqual([60_000, String(0.1 + 1000 * 0.1)]);
    }
  });

  it('with a label longer than a chunk are whole', () => {
    const long = 'ä'.repeat(CHUNK_BYTES);
    const one = new MemorySource();
    one.addNotation(['__name__', 'm', 'l', long], 60_000, '1');
    expect(JSON.parse(text(one, 'm', 0)).data.result[0].metric.l).toBe(long);
  });
});
