import { describe, expect, it } from 'vitest';
import { parseToJson } from '../../../query/lang/json.ts';

const vector = {
  type: 'vectorSelector',
  offset: 0,
  offsetExpr: null,
  timestamp: null,
  startOrEnd: null,
  anchored: false,
  smoothed: false,
};

describe('parseToJson', () => {
  it('writes selectors', () => {
    expect(parseToJson('up{a!="b"} @ 1.5 offset -1m anchored')).toEqual({
      ...vector,
      name: 'up',
      matchers: [
        { name: 'a', type: '!=', value: 'b' },
        { name: '__name__', type: '=', value: 'up' },
      ],
      offset: -60_000,
      timestamp: 1500,
      anchored: true,
    });
    expect(parseToJson('{"u p"} @ end()')).toEqual({
      ...vector,
      name: '',
      matchers: [{ name: '__name__', type: '=', value: 'u p' }],
      startOrEnd: 'end',
    });
  });

  it('writes ranges and subqueries', () => {
    const up = { ...vector, name: 'up', matchers: [{ name: '__name__', type: '=', value: 'up' }] };
    expect(parseToJson('up[5m] offset 1m')).toEqual({
      ...up,
      type: 'matrixSelector',
      range: 300_000,
      rangeExpr: null,
      offset: 60_000,
    });
    expect(parseToJson('up[1h:] @ start()')).toEqual({
      type: 'subquery',
      expr: up,
      range: 3_600_000,
      rangeExpr: null,
      offset: 0,
      offsetExpr: null,
      step: 0,
      stepExpr: null,
      timestamp: null,
      startOrEnd: 'start',
    });
  });

  it('writes duration expressions', () => {
    const number = (val: string, duration: boolean) => ({ type: 'numberLiteral', val, duration });
    const step = { type: 'durationExpr', op: 'step', lhs: null, rhs: null, wrapped: false };
    expect(parseToJson('up[(step() * 2) - min_of(-step(), 1m)]')).toMatchObject({
      range: 0,
      rangeExpr: {
        type: 'durationExpr',
        op: '-',
        lhs: { type: 'durationExpr', op: '*', lhs: step, rhs: number('2', false), wrapped: true },
        rhs: {
          type: 'durationExpr',
          op: 'min_of',
          lhs: { type: 'durationExpr', op: '-', lhs: null, rhs: step, wrapped: false },
          rhs: number('60', true),
          wrapped: false,
        },
        wrapped: false,
      },
    });
  });

  it('writes operators', () => {
    expect(parseToJson('a > bool on (x) group_left (y) fill_left (NaN) b')).toMatchObject({
      type: 'binaryExpr',
      op: '>',
      bool: true,
      lhs: { name: 'a' },
      rhs: { name: 'b' },
      matching: {
        card: 'many-to-one',
        labels: ['x'],
        on: true,
        include: ['y'],
        fillValues: { lhs: 'NaN', rhs: null },
      },
    });
    expect(parseToJson('-(1 + "x")'.replace('"x"', '1e-7'))).toEqual({
      type: 'unaryExpr',
      op: '-',
      expr: {
        type: 'parenExpr',
        expr: {
          type: 'binaryExpr',
          op: '+',
          lhs: { type: 'numberLiteral', val: '1' },
          rhs: { type: 'numberLiteral', val: '0.0000001' },
          matching: null,
          bool: false,
        },
      },
    });
  });

  it('writes calls and aggregations', () => {
    expect(parseToJson('round(a)')).toMatchObject({
      type: 'call',
      func: { name: 'round', argTypes: ['vector', 'scalar'], variadic: 1, returnType: 'vector' },
      args: [{ name: 'a' }],
    });
    expect(parseToJson('label_join(a, "b", "c")')).toMatchObject({
      func: { variadic: -1 },
      args: [{ name: 'a' }, { type: 'stringLiteral', val: 'b' }, { val: 'c' }],
    });
    expect(parseToJson('topk without (x) (3, a)')).toEqual({
      type: 'aggregation',
      op: 'topk',
      expr: { ...vector, name: 'a', matchers: [{ name: '__name__', type: '=', value: 'a' }] },
      param: { type: 'numberLiteral', val: '3' },
      grouping: ['x'],
      without: true,
    });
  });
});
