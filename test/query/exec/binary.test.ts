import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../support/memory-source.ts';
import { ask, askError, run } from './ask.ts';

const source = new MemorySource().load(
  60_000,
  `
  a{l="x"} 1 2 3 4
  a{l="y"} 10 20 30 40
  b{l="x"} 2 2 2 2
  b{l="z"} 5 5 5 5
  many{l="x", m="1"} 1 2 3 4
  many{l="x", m="2"} 5 6 7 8
  info{l="x", v="one"} 1 1 stale
  info{l="x", v="two"} _ _ 1 1
  k 3 3 3 3
  `,
);

describe('scalars', () => {
  it.each([
    ['1 + 2 * 3 ^ 2', ['19']],
    ['-2 ^ 2', ['-4']],
    ['7 % 4', ['3']],
    ['-7 % 4', ['-3']],
    ['1 / 0', ['+Inf']],
    ['1 > bool 2', ['0']],
    ['1 ^ NaN', ['1']],
    ['(-1) ^ Inf', ['1']],
    ['1 atan2 1', ['0.7853981633974483']],
    ['0 * -1', ['-0']],
  ])('%s', (query, expected) => {
    expect(ask(source, query, 0)).toEqual(expected);
  });

  it('have a value at every step', () => {
    expect(ask(source, '1 + 1', [0, 2, 1])).toEqual(['2 2 2']);
  });
});

describe('a vector and a scalar', () => {
  it.each([
    ['a + 1', ['{l="x"} 2', '{l="y"} 11']],
    ['10 - a', ['{l="x"} 9', '{l="y"} 0']],
    ['a > 5', ['a{l="y"} 10']],
    ['5 < a', ['a{l="y"} 10']],
    ['a > bool 5', ['{l="x"} 0', '{l="y"} 1']],
    ['a == 1', ['a{l="x"} 1']],
    ['-a', ['{l="x"} -1', '{l="y"} -10']],
    ['+a', ['a{l="x"} 1', 'a{l="y"} 10']],
  ])('%s', (query, expected) => {
    expect(ask(source, query, 0)).toEqual(expected);
  });

  it('filter step by step', () => {
    expect(ask(source, 'a > 2', [0, 3, 1])).toEqual(['a{l="x"} _ _ 3 4', 'a{l="y"} 10 20 30 40']);
    expect(ask(source, '(a > 2) * 0 + 1', [0, 3, 1])).toEqual(['{l="x"} _ _ 1 1', '{l="y"} 1 1 1 1']);
  });

  it('refuse series that the dropped name alone told apart, where they meet', () => {
    expect(askError(source, '-{l="x", __name__=~"a|b"}', 0)).toBe(
      'execution: vector cannot contain metrics with the same labelset',
    );
    const turns = new MemorySource().load(60_000, 'p 1 stale\nq _ 2');
    expect(ask(turns, '-{__name__=~"p|q"}', [0, 1, 1])).toEqual(['{} -1 -2']);
  });
});

describe('two vectors', () => {
  it.each([
    ['a + b', ['{l="x"} 3']],
    ['a > b', []],
    ['a < b', ['a{l="x"} 1']],
    ['a < bool b', ['{l="x"} 1']],
    ['a + on(l) b', ['{l="x"} 3']],
    ['a + ignoring(l) k', ['error']],
    ['a * on() group_left k', ['{l="x"} 3', '{l="y"} 30']],
    ['k * on() group_right a', ['{l="x"} 3', '{l="y"} 30']],
    ['many * on(l) group_left b', ['{l="x",m="1"} 2', '{l="x",m="2"} 10']],
    ['many * on(l) group_left(v) info', ['{l="x",m="1",v="one"} 1', '{l="x",m="2",v="one"} 5']],
    ['b - on(l) group_right many', ['{l="x",m="1"} 1', '{l="x",m="2"} -3']],
    ['b < on(l) group_right many', ['many{l="x",m="2"} 2']],
    ['a and b', ['a{l="x"} 1']],
    ['a unless b', ['a{l="y"} 10']],
    ['a or b', ['a{l="x"} 1', 'a{l="y"} 10', 'b{l="z"} 5']],
    ['a and on() k', ['a{l="x"} 1', 'a{l="y"} 10']],
    ['a and missing', []],
    ['a or missing', ['a{l="x"} 1', 'a{l="y"} 10']],
    ['missing or a', ['a{l="x"} 1', 'a{l="y"} 10']],
    ['a + fill(0) b', ['{l="x"} 3', '{l="y"} 10', '{l="z"} 5']],
    ['a + fill_left(100) b', ['{l="x"} 3', '{l="z"} 105']],
    ['a + fill_right(100) b', ['{l="x"} 3', '{l="y"} 110']],
  ])('%s', (query, expected) => {
    if (expected[0] === 'error') expect(() => ask(source, query, 0)).toThrow();
    else expect(ask(source, query, 0)).toEqual(expected);
  });

  it('follow label sets that take turns on the one side', () => {
    expect(ask(source, 'many * on(l) group_left(v) info', [0, 3, 1])).toEqual([
      '{l="x",m="1",v="one"} 1 2 _ _',
      '{l="x",m="1",v="two"} _ _ 3 4',
      '{l="x",m="2",v="one"} 5 6 _ _',
      '{l="x",m="2",v="two"} _ _ 7 8',
    ]);
    expect(ask(source, 'b{l="x"} * on(l) info', [0, 3, 1])).toEqual(['{l="x"} 2 2 2 2']);
  });

  it('merge what comes out with equal labels at different steps', () => {
    const turns = new MemorySource().load(60_000, 'm{a="1"} 1 stale\nn{a="1"} _ 5');
    expect(ask(turns, '(m * 1) or (n * 1)', [0, 1, 1])).toEqual(['{a="1"} 1 5']);
  });

  it.each([
    [
      'k + on() b',
      'execution: found duplicate series for the match group {} on the right hand-side of the operation: ' +
        '[{__name__="b", l="x"}, {__name__="b", l="z"}];many-to-many matching not allowed: ' +
        'matching labels must be unique on one side',
    ],
    [
      'b + on() group_right k',
      'execution: found duplicate series for the match group {} on the left hand-side of the operation: ' +
        '[{__name__="b", l="x"}, {__name__="b", l="z"}];many-to-many matching not allowed: ' +
        'matching labels must be unique on one side',
    ],
    [
      'many + on(l) b',
      'execution: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    ],
    [
      'many * on(l) group_left(m) label_replace(b, "m", "1", "", "")',
      'execution: multiple matches for labels: grouping labels must ensure unique matches',
    ],
  ])('%s fails', (query, message) => {
    expect(askError(source, query, 0)).toBe(message);
  });

  it('do not look for duplicates where the other side has nothing', () => {
    expect(ask(source, 'missing + on() b', 0)).toEqual([]);
  });

  it('tell that trimming is for histograms', () => {
    const result = run(source, 'a </ 1', 0);
    expect(result.value).toMatchObject({ series: [] });
    expect(result.infos).toEqual([
      'PromQL info: incompatible sample types encountered for binary operator "</": float </ float (1:1)',
    ]);
  });
});

describe('delayed name removal', () => {
  const delayed = { features: { delayedNameRemoval: true, typeAndUnitLabels: false, strict: false } };
  it.each([
    ['-a', ['{l="x"} -1', '{l="y"} -10']],
    ['sum by (__name__) (-{l="x", __name__=~"a|b"})', ['error']],
    ['sum(-{l="x", __name__=~"a|b"})', ['{} -3']],
    ['label_replace(-a{l="x"}, "was", "$1", "__name__", "(.*)")', ['{l="x",was="a"} -1']],
    ['topk(1, -a)', ['{l="x"} -1']],
  ])('%s', (query, expected) => {
    if (expected[0] === 'error') expect(() => ask(source, query, 0, delayed)).toThrow('same labelset');
    else expect(ask(source, query, 0, delayed)).toEqual(expected);
  });
});
