// OpenMetrics: what is taken, what is refused and why.
import { describe, expect, it } from 'vitest';
import { createTestReader, samplesOf } from './reading.ts';

function read(body: string): string[] {
  return samplesOf(body, 'openmetrics');
}

describe('OpenMetrics takes', () => {
  it.each<[what: string, body: string, samples: string[]]>([
    ['the end mark alone', '# EOF\n', []],
    ['the end mark without a line feed', 'a 1\n# EOF', ['a 1']],
    ['labels', 'a{b="c",d="e"} 1\n# EOF\n', ['a{b="c",d="e"} 1']],
    ['a trailing comma', 'a{b="c",} 1\n# EOF\n', ['a{b="c"} 1']],
    [
      'timestamps in seconds',
      'a 1 1.5\nb 2 -1\nc 3 1e3\n# EOF\n',
      ['a 1 @1500', 'b 2 @-1000', 'c 3 @1000000'],
    ],
    ['exemplars', 'a_bucket{le="1"} 1 # {trace_id="x"} 0.5\n# EOF\n', ['a_bucket{le="1"} 1']],
    ['exemplars with times', 'a 1 2 # {t="x",} 0.5 1.25\nb 1 # {} 0.5 2\n# EOF\n', ['b 1', 'a 1 @2000']],
    [
      'created series as ordinary ones',
      'a_total 1\na_created 1.5e9\n# EOF\n',
      ['a_total 1', 'a_created 1500000000'],
    ],
    ['quoted names', '{"a.b","c d"="e"} 1\n# EOF\n', ['a.b{c d="e"} 1']],
    [
      'all types, le normalised',
      '# TYPE h histogram\nh_bucket{le="1"} 1\n# TYPE g gaugehistogram\ng_bucket{le="2"} 1\n' +
        '# TYPE s stateset\ns{s="x",le="1"} 1\n# TYPE i info\ni_info 1\n# TYPE u unknown\nu 1\n# EOF\n',
      ['h_bucket{le="1.0"} 1', 'g_bucket{le="2.0"} 1', 's{le="1",s="x"} 1', 'i_info 1', 'u 1'],
    ],
  ])('%s', (_, body, samples) => {
    expect(read(body)).toEqual(samples);
  });

  it('keeps type, help and unit', () => {
    const reader = createTestReader();
    const body =
      '# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds Say \\"x\\"\na_seconds_total 1\n# EOF\n';
    reader.read(body, 'openmetrics');
    expect(reader.metadata.list()).toEqual([
      { metric: 'a_seconds', type: 'counter', help: 'Say "x"', unit: 'seconds' },
    ]);
  });

  it('reads the same body again without looking at known lines', () => {
    const reader = createTestReader();
    const body = (n: number) => `# TYPE a counter\na_total{x="1"} ${n} # {t="1"} 1\nb ${n}\n# EOF\n`;
    expect(reader.read(body(1), 'openmetrics')).toEqual(['a_total{x="1"} 1', 'b 1']);
    expect(reader.read(body(2), 'openmetrics')).toEqual(['a_total{x="1"} 2', 'b 2']);
    expect(reader.reader.seriesAdded).toBe(0);
  });
});

describe('OpenMetrics refuses', () => {
  it.each<[body: string, message: string]>([
    ['', 'line 1: expected # EOF at the end'],
    ['a 1\n', 'line 2: expected # EOF at the end'],
    ['a 1\n# EO\n', 'line 2: expected TYPE, HELP, UNIT or EOF after "# "'],
    ['a 1\n# EOF\n\n', 'line 3: expected nothing after # EOF'],
    ['# EOF\na 1\n', 'line 2: expected nothing after # EOF'],
    ['# EOF \n', 'line 1: expected TYPE, HELP, UNIT or EOF'],
    ['\na 1\n# EOF\n', 'line 1: expected a metric name'],
    [' a 1\n# EOF\n', 'line 1: expected a metric name'],
    ['a  1\n# EOF\n', 'line 1: expected a number as value'],
    ['a\t1\n# EOF\n', 'line 1: expected a space and a value'],
    ['a 1 \n# EOF\n', 'line 1: expected a timestamp in seconds'],
    ['a{b="c"}1\n# EOF\n', 'line 1: expected a space and a value'],
    ['a{b="c" ,d="e"} 1\n# EOF\n', 'line 1: expected a comma or }'],
    ['a{b="c"d="e"} 1\n# EOF\n', 'line 1: expected a comma or }'],
    ['a{ b="c"} 1\n# EOF\n', 'line 1: expected a label name or }'],
    ['a{b="c\nd"} 1\n# EOF\n', 'expected a closing quote before the line ends'],
    ['a 1 NaN\n# EOF\n', 'line 1: expected a timestamp in seconds'],
    ['a 1 +Inf\n# EOF\n', 'line 1: expected a timestamp in seconds'],
    ['a 1 2 3\n# EOF\n', 'line 1: expected an exemplar or the end of the line'],
    ['a 1 # {b="c"}\n# EOF\n', "line 1: expected a space and the exemplar's value"],
    ['a 1 # {b="c"} x\n# EOF\n', "line 1: expected a number as the exemplar's value"],
    ['a 1 # {b} 1\n# EOF\n', 'line 1: expected = after the label name of the exemplar'],
    ['a 1 # {"b"} 1\n# EOF\n', 'line 1: expected = after the label name of the exemplar'],
    ['a 1 # {b="c"} 1 2 3\n# EOF\n', 'line 1: expected the end of the line'],
    ['a 1 #{b="c"} 1\n# EOF\n', 'line 1: expected an exemplar'],
    ['# comment\n# EOF\n', 'line 1: expected TYPE, HELP, UNIT or EOF after "# "'],
    ['#comment\n# EOF\n', 'line 1: expected "# " and TYPE, HELP, UNIT or EOF'],
    ['# TYPE a untyped\n# EOF\n', 'line 1: expected a metric type, got "untyped"'],
    ['# TYPE  a counter\n# EOF\n', 'line 1: expected a metric name after TYPE'],
    ['# HELP a\n# EOF\n', 'line 1: expected a space and text after the name in HELP'],
    ['# UNIT a_seconds bytes\n# EOF\n', 'line 1: expected the unit "bytes" to end the metric\'s name'],
    ['a 1\r\n# EOF\n', 'line 1: expected a number as value'],
  ])('%j', (body, message) => {
    expect(() => read(body)).toThrow(message);
  });
});
