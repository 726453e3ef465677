// Text formats 0.0.4 and 1.0.0: what is taken, what is refused and why.
import { describe, expect, it } from 'vitest';
import { createTestReader, samplesOf } from './reading.ts';

describe('text format takes', () => {
  it.each<[what: string, body: string, samples: string[]]>([
    ['a bare name', 'a 1\n', ['a 1']],
    ['a missing final line feed', 'a 1', ['a 1']],
    ['an empty body', '', []],
    ['blank lines and lines of blanks', '\n \t\na 1\n\n', ['a 1']],
    ['names with colons, digits and underscores', '_a:b9 1\n:c 2\n', ['_a:b9 1', ':c 2']],
    ['labels', 'a{b="c",d="e"} 1\n', ['a{b="c",d="e"} 1']],
    ['labels in any order, sorted', 'a{d="e",b="c"} 1\n', ['a{b="c",d="e"} 1']],
    ['no labels in braces', 'a{} 1\n', ['a 1']],
    ['a trailing comma', 'a{b="c",} 1\n', ['a{b="c"} 1']],
    ['labels that no comma separates', 'a{b="c" d="e"f="g"} 1\n', ['a{b="c",d="e",f="g"} 1']],
    ['an empty label, which is none', 'a{b=""} 1\n', ['a 1']],
    ['blanks wherever they may stand', ' a { b = "c" , d\t=\t"e" , } \t 1 \t 5 \n', ['a{b="c",d="e"} 1 @5']],
    ['no blank between braces and value', 'a{b="c"}1\n', ['a{b="c"} 1']],
    ['a sign right behind the name', 'a+1\n', ['a 1']],
    ['escapes', String.raw`a{b="\\x\"y\nz\q"} 1`, ['a{b="\\\\x\\"y\\nz\\\\q"} 1']],
    ['a line feed in a label value', 'a{b="c\nd"} 1\ne 2\n', ['a{b="c\\nd"} 1', 'e 2']],
    ['braces and quotes in a label value', String.raw`a{b="}{\",="} 1`, ['a{b="}{\\",="} 1']],
    ['UTF-8 in a label value', 'a{b="ü€😀"} 1\n', ['a{b="ü€😀"} 1']],
    ['a NUL in a label value', 'a{b="c\0d"} 1\n', ['a{b="c\\u0000d"} 1']],
    [
      'special values',
      'a NaN\nb +Inf\nc -Inf\nd 1e3\ne -0\n',
      ['a NaN', 'b Infinity', 'c -Infinity', 'd 1000', 'e -0'],
    ],
    ['timestamps', 'a 1 1234567890123\nb 2\n', ['b 2', 'a 1 @1234567890123']],
    ['comments of any kind', '# x\n#\n#a\n# HELPx\n# TYPES a b\n#\ta\na 1\n', ['a 1']],
    ['blanks before a comment', '  # TYPE a counter\na 1\n', ['a 1']],
    ['a help text without text', '# HELP a\n# HELP a \na 1\n', ['a 1']],
    ['a carriage return at the end of a help text', '# HELP a text\r\na 1\n', ['a 1']],
    ['quoted metric names', '{"my.metric",b="c"} 1\n{"x"} 2\n', ['my.metric{b="c"} 1', 'x 2']],
    ['a quoted metric name behind a label', '{b="c","m"} 1\n', ['m{b="c"} 1']],
    ['quoted label names', 'a{"l.x"="c","l y" = "d"} 1\n', ['a{l y="d",l.x="c"} 1']],
    ['escapes in quoted names', String.raw`{"a\"b"} 1`, ['a"b 1']],
  ])('%s', (_, body, samples) => {
    expect(samplesOf(body)).toEqual(samples);
  });

  it('counts a doubled sample with another value and keeps the first', () => {
    const reader = createTestReader();
    expect(reader.read('a{x="1"} 1\na{x="1"} 2\na{x="1",} 1\nb 3\n')).toEqual(['a{x="1"} 1', 'b 3']);
    expect(reader.reader).toMatchObject({ scraped: 4, kept: 4, duplicates: 1 });
    expect(reader.read('a{x="1"} 5\na{x="1"} 5\na{x="1",} 6\nb 3\n')).toEqual(['a{x="1"} 5', 'b 3']);
    expect(reader.reader).toMatchObject({ scraped: 4, kept: 4, duplicates: 1 });
  });

  it('normalises le of histograms and quantile of summaries, and nothing else', () => {
    const body = [
      '# TYPE h histogram',
      'h_bucket{le="1"} 1',
      'h_bucket{le="+Inf",quantile="1"} 2',
      '# TYPE s summary',
      's{quantile="1",le="1"} 3',
      '# TYPE g gauge',
      'g{le="1",quantile="1"} 4',
    ].join('\n');
    expect(samplesOf(body)).toEqual([
      'h_bucket{le="1.0"} 1',
      'h_bucket{le="+Inf",quantile="1"} 2',
      's{le="1",quantile="1.0"} 3',
      'g{le="1",quantile="1"} 4',
    ]);
  });

  it('keeps type and help of metrics', () => {
    const reader = createTestReader();
    reader.read(
      '# HELP a All \\\\ of\\nit \\"x\\"\n# TYPE a counter\na 1\n# TYPE "b.c" untyped\n# HELP b:d x\n',
    );
    expect(reader.metadata.takeChanges()).toEqual([
      { metric: 'a', type: 'counter', help: 'All \\ of\nit \\"x\\"', unit: '' },
      { metric: 'b.c', type: 'unknown', help: '', unit: '' },
      { metric: 'b:d', type: 'unknown', help: 'x', unit: '' },
    ]);
    reader.read('# HELP a new\n# TYPE a counter\na 1\n');
    expect(reader.metadata.takeChanges()).toEqual([{ metric: 'a', type: 'counter', help: 'new', unit: '' }]);
    reader.read('# HELP a new\n# TYPE a counter\na 2\n');
    expect(reader.metadata.takeChanges()).toEqual([]);
  });
});

describe('text format refuses', () => {
  it.each<[body: string | Uint8Array, message: string]>([
    ['a', 'line 1: expected a value after the series: "a"'],
    ['ok 1\na\n', 'line 2: expected a value after the series: "a"'],
    ['a{b="c"}\n', 'line 1: expected a value after the series'],
    ['a x\n', 'line 1: expected a number as value'],
    ['a 1x\n', 'line 1: expected a number as value'],
    ['a 0x1p3\n', 'line 1: expected a number as value'],
    ['a 1_000\n', 'line 1: expected a number as value'],
    ['a +NaN\n', 'line 1: expected a number as value'],
    ['a 1e999\n', 'line 1: expected a value within the range of float64'],
    ['a 1\r\n', 'line 1: expected a number as value'],
    ['\r\n', 'line 1: expected a metric name'],
    ['a 1 2.5\n', 'line 1: expected the end of the line after the timestamp'],
    ['a 1 -5\n', 'line 1: expected a timestamp in milliseconds or the end of the line'],
    ['a 1 99999999999999999999\n', 'line 1: expected a timestamp'],
    ['a 1 5 6\n', 'line 1: expected the end of the line after the timestamp'],
    ['9a 1\n', 'line 1: expected a metric name'],
    ['é 1\n', 'line 1: expected a metric name'],
    ['\0a 1\n', 'line 1: expected a metric name'],
    ['a-b 1\n', 'line 1: expected a number as value'],
    ['a{,} 1\n', 'line 1: expected a label name or }'],
    ['a{b="c",,} 1\n', 'line 1: expected a label name or }'],
    ['a{b} 1\n', 'line 1: expected = after the label name'],
    ['a{b=c} 1\n', 'line 1: expected a label value in quotes'],
    ['a{b:c="d"} 1\n', 'line 1: expected = after the label name'],
    ['a{b="c} 1\n', 'expected a closing quote'],
    ['a{b="c\\', 'expected a closing quote'],
    ['a{b="c"\n} 1\n', 'line 1: expected a label name or }'],
    ['a{b="c"', 'line 1: expected a label name or }'],
    ['a{b="c",b="d"} 1\n', 'label name "b" is not unique'],
    ['a{__name__="b"} 1\n', 'label name "__name__" is not unique'],
    ['{a="b"} 1\n', 'line 1: expected a quoted metric name in the braces'],
    ['{} 1\n', 'line 1: expected a quoted metric name in the braces'],
    ['{"a","b"} 1\n', 'line 1: expected one metric name, got a second'],
    ['a{"b"} 1\n', 'line 1: expected one metric name, got a second'],
    [Buffer.from('a{b="\xff"} 1\n', 'latin1'), 'line 1: expected UTF-8 text'],
    [Buffer.from('# HELP a \xff\n', 'latin1'), 'line 1: expected UTF-8 text'],
    ['# TYPE a\n', 'line 1: expected a metric type, got ""'],
    ['# TYPE a what\n', 'line 1: expected a metric type, got "what"'],
    ['# TYPE a counter \n', 'line 1: expected a metric type, got "counter "'],
    ['# TYPE a counter\r\n', 'line 1: expected a metric type, got "counter\\r"'],
    ['# TYPE a info\n', 'line 1: expected a metric type, got "info"'],
    ['# HELP 9 x\n', 'line 1: expected a metric name after HELP'],
    ['# TYPE \n', 'line 1: expected a metric name after TYPE'],
    ['<html>\n', 'line 1: expected a metric name: "<html>"'],
  ])('%j', (body, message) => {
    expect(() => samplesOf(body)).toThrow(message);
  });

  it('a broken line in the middle, with what came before it counted and the last row untouched', () => {
    const reader = createTestReader();
    reader.read('a 1\nb 2\n');
    expect(() => reader.read('a 3\nb 4\nc 5\nd d\n')).toThrow('line 4');
    expect(reader.reader).toMatchObject({ scraped: 3, kept: 3 });
    expect(reader.read('a 6\nb 7\n')).toEqual(['a 6', 'b 7']);
    expect(reader.rowChanged).toBe(false);
    expect(() => reader.read('a 3\nb 4 x\n')).toThrow('line 2: expected a timestamp');
    expect(reader.reader).toMatchObject({ scraped: 1, kept: 1 });
  });
});
