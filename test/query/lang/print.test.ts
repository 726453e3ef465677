import { describe, expect, it } from 'vitest';
import { parse } from '../../../query/lang/parse.ts';
import { formatQuery } from '../../../query/lang/pretty.ts';
import { print } from '../../../query/lang/print.ts';

describe('print', () => {
  it.each([
    ['1', '1'],
    ['0x10', '16'],
    ['1e21', '1000000000000000000000'],
    ['1e-7', '0.0000001'],
    ['-inf', '-Inf'],
    ['inf', '+Inf'],
    ['inf ^ a', 'Inf ^ a'],
    ['-inf ^ 2 ^ inf', '-Inf ^ 2 ^ +Inf'],
    ['nan', 'NaN'],
    ['- 1', '-1'],
    ['90s', '1m30s'],
    ['-36h', '-1d12h'],
    ["'it'", '"it"'],
    ['"\\u00e9\\x07\\xff\\n"', '"é\\a\\xff\\n"'],
    ['`a"b`', '"a\\"b"'],
    ['up', 'up'],
    ['up { }', 'up'],
    ['up{z="1", a!~"2", m=~"3"}', 'up{a!~"2",m=~"3",z="1"}'],
    ['{a="1"}', '{a="1"}'],
    ['{"up"}', '{__name__="up"}'],
    ['{"my.metric","l.abel"="x"}', '{"l.abel"="x",__name__="my.metric"}'],
    ['{"plain"="x"}', '{plain="x"}'],
    ['{__name__="",a="x"}', '{__name__="",a="x"}'],
    ['up offset 1h  @ 5', 'up @ 5.000 offset 1h'],
    ['up @ 1.2345', 'up @ 1.235'],
    ['up[ 300 ]', 'up[5m]'],
    ['up[5m] offset -90s @ start()', 'up[5m] @ start() offset -1m30s'],
    ['up[5m] @ 1 smoothed offset 1m', 'up[5m] smoothed @ 1.000 offset 1m'],
    ['up anchored @ 1 offset 1m', 'up @ 1.000 anchored offset 1m'],
    ['up[1d:]', 'up[1d:]'],
    ['up[1h:60] offset 1m', 'up[1h:1m] offset 1m'],
    ['up[8d]', 'up[8d]'],
    ['up[14d]', 'up[2w]'],
    ['up[365d]', 'up[1y]'],
    ['up[step()*2+1m]', 'up[step() * 2 + 1m]'],
    ['up[-(step()-range())]', 'up[-(step() - range())]'],
    ['up offset +(5*2)', 'up offset (5 * 2)'],
    ['up offset -max_of(STEP(),+1m)', 'up offset -max_of(step(), 1m)'],
    ['SUM(a)', 'sum(a)'],
    ['sum(a) by (b,"c d")', 'sum by (b, "c d") (a)'],
    ['sum by () (a)', 'sum(a)'],
    ['sum without() (a)', 'sum without () (a)'],
    ['topk(5,a)', 'topk(5, a)'],
    ['a+b', 'a + b'],
    ['a-ignoring()b', 'a - b'],
    ['a-on()b', 'a - on () b'],
    ['a-ignoring()group_left b', 'a - ignoring () group_left () b'],
    ['a*on(x)group_right(y,z)b', 'a * on (x) group_right (y, z) b'],
    ['a>bool on("é")b', 'a > bool on ("é") b'],
    ['a+fill(-2)b', 'a + fill (-2) b'],
    ['a+fill(NaN)b', 'a + fill (NaN) b'],
    ['a+fill_right(1e-7)fill_left(inf)b', 'a + fill_left (+Inf) fill_right (1e-07) b'],
    ['a AND b', 'a and b'],
    ['a </ 5 >/ 3', 'a </ 5 >/ 3'],
    ['-  ( a )', '-(a)'],
    ['clamp( a ,1, 2)', 'clamp(a, 1, 2)'],
    ['time( )', 'time()'],
  ])('%s', (text, canonical) => {
    const printed = print(parse(text));
    expect(printed).toBe(canonical);
    expect(print(parse(printed))).toBe(canonical);
  });
});

describe('formatQuery', () => {
  it('leaves what fits on a line', () => {
    expect(formatQuery('sum( rate(a[5m]) )by(x)/2')).toBe('sum by (x) (rate(a[5m])) / 2');
  });

  it('splits what does not', () => {
    const long = 'http_request_duration_seconds_bucket{job="frontend",instance=~"web-.*"}';
    const text = `histogram_quantile(0.9, sum by (le) (rate(${long}[5m]))) > -(${long} + on (job) ${long})`;
    const sorted = long.replace('job="frontend",instance=~"web-.*"', 'instance=~"web-.*",job="frontend"');
    expect(formatQuery(text)).toBe(
      [
        '  histogram_quantile(',
        '    0.9,',
        `    sum by (le) (rate(${sorted}[5m]))`,
        '  )',
        '>',
        '  -(',
        `      ${sorted}`,
        '    + on (job)',
        `      ${sorted}`,
        '  )',
      ].join('\n'),
    );
  });

  it('keeps the suffix of a subquery with its expression', () => {
    const name = 'a_metric_with_a_name_that_is_rather_long_so_that_lines_overflow_soon';
    expect(formatQuery(`max_over_time((${name} + ${name})[1h:5m] offset 1m)`)).toBe(
      ['max_over_time(', '  (', `      ${name}`, '    +', `      ${name}`, '  )[1h:5m] offset 1m', ')'].join(
        '\n',
      ),
    );
  });

  it('means the same after formatting', () => {
    const name = 'a_metric_with_a_name_that_is_rather_long_so_that_lines_overflow_soon';
    const text = `topk(3, ${name} - -(${name} ^ 2)) or on (x) label_replace(${name}, "a", "$1", "b", "(.*)")`;
    const formatted = formatQuery(text);
    expect(formatted.split('\n').length).toBeGreaterThan(10);
    expect(print(parse(formatted))).toBe(print(parse(text)));
    expect(formatQuery(formatted)).toBe(formatted);
  });
});
