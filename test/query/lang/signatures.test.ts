import { describe, expect, it } from 'vitest';
import { signatures } from '../../../query/lang/signatures.ts';

describe('signatures', () => {
  it('knows 90 functions, 17 of them experimental', () => {
    const all = [...signatures.values()];
    expect(all).toHaveLength(90);
    expect(all.filter((s) => s.experimental).map((s) => s.name)).toHaveLength(17);
  });

  it.each([
    ['rate', { args: ['matrix'], min: 1, max: 1, result: 'vector', experimental: false }],
    ['time', { args: [], min: 0, max: 0, result: 'scalar', experimental: false }],
    ['scalar', { args: ['vector'], min: 1, max: 1, result: 'scalar' }],
    ['vector', { args: ['scalar'], result: 'vector' }],
    ['hour', { args: ['vector'], min: 0, max: 1 }],
    ['round', { args: ['vector', 'scalar'], min: 1, max: 2 }],
    ['info', { args: ['vector', 'vector'], min: 1, max: 2, experimental: true }],
    ['quantile_over_time', { args: ['scalar', 'matrix'], min: 2, max: 2 }],
    ['label_join', { args: ['vector', 'string', 'string', 'string'], min: 3, max: Infinity }],
    ['sort_by_label', { args: ['vector', 'string'], min: 1, max: Infinity, experimental: true }],
    ['histogram_quantiles', { args: ['vector', 'string', 'scalar'], min: 3, max: 12, experimental: true }],
    ['double_exponential_smoothing', { args: ['matrix', 'scalar', 'scalar'], experimental: true }],
    ['min_of', { args: ['scalar', 'scalar'], min: 2, max: 2, result: 'scalar', experimental: true }],
  ])('%s', (name, expected) => {
    expect(signatures.get(name)).toMatchObject(expected);
  });
});
