// `ferula query`: its flags, and how results are printed.
import { describe, expect, it } from 'vitest';
import { parseQueryFlags, type QueryFlags } from '../../../src/cli/query.ts';
import { type ApiData, resultLines } from '../../../src/cli/result-lines.ts';
import { UsageError } from '../../../src/cli/usage.ts';

const NOW = 1_700_000_000_000;

describe('flags', () => {
  const cases: [args: string[], expected: Partial<QueryFlags>][] = [
    [
      ['up'],
      {
        query: 'up',
        url: '',
        storagePath: 'data/ferula.db',
        startMs: NOW,
        endMs: NOW,
        stepMs: 0,
        json: false,
      },
    ],
    [['--storage.path', 'x.db', '--json', 'up'], { storagePath: 'x.db', json: true }],
    [['up', '--url=http://h:9090'], { url: 'http://h:9090' }],
    [['--time=1.5', 'up'], { startMs: 1500, endMs: 1500, stepMs: 0 }],
    [['--time=2023-11-14T22:13:20Z', 'up'], { startMs: NOW }],
    [['--time=2023-11-14T23:13:20.5+01:00', 'up'], { startMs: NOW + 500 }],
    [['--start=0', '--end=250', '--step=30s', 'up'], { startMs: 0, endMs: 250_000, stepMs: 30_000 }],
    [['--step=15', 'up'], { startMs: NOW - 3_600_000, endMs: NOW, stepMs: 15_000 }],
    [['--start=1699990000', 'up'], { startMs: NOW - 10_000_000, endMs: NOW, stepMs: 40_000 }],
  ];
  it.each(cases)('%j', (args, expected) => {
    expect(parseQueryFlags(args, NOW)).toMatchObject(expected);
  });

  const refused: [args: string[], message: string][] = [
    [[], "missing required argument 'expression'"],
    [['a', 'b'], 'too many arguments. Expected 1 argument but got 2: a, b.'],
    [['--time=yesterday', 'up'], '--time: expected RFC 3339 or Unix seconds, found "yesterday"'],
    [['--time=1', '--step=1s', 'up'], '--time is for one moment, --start and --end for a range'],
    [['--start=2', '--end=1', 'up'], '--end lies before --start'],
    [['--step=0', 'up'], '--step: expected a duration such as 30s, found "0"'],
    [['--url=h', 'up'], '--url: "h" is not a URL such as http://127.0.0.1:9090'],
    [
      ['--url=http://h', '--storage.path=x', 'up'],
      '--storage.path and --url say two places; give one of them',
    ],
  ];
  it.each(refused)('refuses %j', (args, message) => {
    expect(() => parseQueryFlags(args, NOW)).toThrow(new UsageError(message));
  });
});

describe('lines', () => {
  const cases: [name: string, data: ApiData, lines: string[]][] = [
    [
      'a vector',
      {
        resultType: 'vector',
        result: [
          { metric: { __name__: 'up', instance: 'a:1', job: 'x "y"' }, value: [1700000000, '1'] },
          { metric: { __name__: 'up' }, value: [1700000000.5, '+Inf'] },
          { metric: { job: 'x' }, value: [1700000000, 'NaN'] },
          { metric: {}, value: [1700000000, '1e-07'] },
          { metric: { __name__: 'my.metric', 'a.b': 'c' }, value: [1, '2'] },
        ],
      },
      [
        'up{instance="a:1", job="x \\"y\\""} => 1 @[1700000000]',
        'up => +Inf @[1700000000.5]',
        '{job="x"} => NaN @[1700000000]',
        '{} => 1e-07 @[1700000000]',
        '{"my.metric", "a.b"="c"} => 2 @[1]',
      ],
    ],
    [
      'a matrix',
      {
        resultType: 'matrix',
        result: [
          {
            metric: { __name__: 'up' },
            values: [
              [1, '1'],
              [2, '0'],
            ],
          },
        ],
      },
      ['up => 1 @[1] 0 @[2]'],
    ],
    ['a scalar', { resultType: 'scalar', result: [1, '42'] }, ['scalar: 42 @[1]']],
    ['a text', { resultType: 'string', result: [1, 'hello'] }, ['hello']],
    ['nothing', { resultType: 'vector', result: [] }, []],
  ];
  it.each(cases)('%s', (_, data, lines) => {
    expect(resultLines(data)).toEqual(lines);
  });
});
