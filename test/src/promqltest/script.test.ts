// The test language itself: what scripts say, and what is refused.
import { describe, expect, it } from 'vitest';
import { parseScript, ScriptError } from '../../../src/promqltest/script.ts';
import { parseSeriesLine, type Value } from '../../../src/promqltest/series.ts';
import { unquote } from '../../../src/promqltest/unquote.ts';

function show(values: readonly Value[]): (number | string)[] {
  return values.map((value) => (value.kind === 'float' ? value.value : value.kind));
}

describe('parseSeriesLine()', () => {
  it('expands values', () => {
    expect(show(parseSeriesLine('m 1 2x2 3+1x2 4-2x1 _ _x2 stale').values)).toEqual([
      1,
      2,
      2,
      2,
      3,
      4,
      5,
      4,
      2,
      'none',
      'none',
      'none',
      'stale',
    ]);
    expect(show(parseSeriesLine('m -1e3+5e2x1 Inf -Inf NaN .5 0x1 +2').values)).toEqual([
      -1000,
      -500,
      Infinity,
      -Infinity,
      NaN,
      0.5,
      0,
      0,
      2,
    ]);
  });

  it('keeps histograms as text', () => {
    const { values } = parseSeriesLine('m {{schema:0 buckets:[1 2]}}x1 {{}}+{{count:1}}x2 7');
    expect(show(values)).toEqual(['histogram', 'histogram', 'histogram', 'histogram', 'histogram', 7]);
  });

  it('reads labels in every spelling', () => {
    expect(parseSeriesLine('a:b{z="1", y=\'2\',x=`3\\`,} 1').labels).toEqual([
      '__name__',
      'a:b',
      'x',
      '3\\',
      'y',
      '2',
      'z',
      '1',
    ]);
    expect(parseSeriesLine('{"my metric", "my label"="a\\"b", e=""} 1').labels).toEqual([
      '__name__',
      'my metric',
      'my label',
      'a"b',
    ]);
    expect(parseSeriesLine('{} 1').labels).toEqual([]);
  });

  it.each(['m{a} 1', 'm{a="b" 1', 'm 1+x2', 'm foo', '1', 'm{a="b"c="d"} 1', 'm 1x99999999999'])(
    'refuses %s',
    (line) => {
      expect(() => parseSeriesLine(line)).toThrow();
    },
  );
});

describe('unquote()', () => {
  it('knows escapes', () => {
    expect(unquote('"a\\n\\x41\\u00e9\\101"')).toBe('a\nAéA');
    expect(unquote("'it\\'s'")).toBe("it's");
    expect(unquote('`\\n`')).toBe('\\n');
    for (const text of ['"', 'a', '"\\q"', '"a"b']) expect(() => unquote(text)).toThrow();
  });
});

describe('parseScript()', () => {
  it('reads a script', () => {
    const [load, instant, range, clear] = parseScript(`
# a comment
load 30s
  m{a="b"} 1 2

eval instant at 1m m
  expect no_warn
  expect info msg: some text
  m{a="b"} 2

eval range from 0 to 1m step 30s sum(m)
  {} 1 2

clear`);
    expect(load).toMatchObject({ kind: 'load', stepMs: 30_000, withCustomBuckets: false, line: 3 });
    expect(instant).toMatchObject({
      query: 'm',
      startMs: 60_000,
      isRange: false,
      expectations: [{ kind: 'no_warn' }, { kind: 'info', message: 'some text' }],
      line: 6,
    });
    expect(range).toMatchObject({
      query: 'sum(m)',
      isRange: true,
      startMs: 0,
      endMs: 60_000,
      stepMs: 30_000,
    });
    expect(clear).toEqual({ kind: 'clear' });
  });

  it('reads the older forms and the special results', () => {
    const commands = parseScript(`
eval_fail instant at 1m m
  expected_fail_regexp no .* here

eval_ordered instant at 1m m
  m 1

eval instant at 1m 1 + 1
  2

eval instant at 1m "x"
  expect string "x"

eval instant at 1m m[2m]
  expect range vector from 10s to 1m step 10s
  m 1 2 3

load_with_nhcb 1m
  x_bucket{le="1"} 1
  @st -1m
  x_sum 4`);
    expect(commands[0]).toMatchObject({ expectations: [{ kind: 'fail', pattern: 'no .* here' }] });
    expect(commands[1]).toMatchObject({ expectations: [{ kind: 'ordered' }] });
    expect(commands[2]).toMatchObject({ scalar: 2, series: [] });
    expect(commands[3]).toMatchObject({ text: 'x' });
    expect(commands[4]).toMatchObject({ samples: { startMs: 10_000, endMs: 60_000, stepMs: 10_000 } });
    expect(commands[5]).toMatchObject({
      withCustomBuckets: true,
      series: [{ hasStart: false }, { hasStart: true }],
    });
  });

  it('names the line of a mistake', () => {
    const lineOf = (script: string): number | undefined => {
      try {
        parseScript(script);
      } catch (error) {
        if (error instanceof ScriptError) return error.line;
      }
      return undefined;
    };
    expect(lineOf('\n\nrun x')).toBe(3);
    expect(lineOf('load 5m\n  m 1\n  m 1+')).toBe(3);
    expect(lineOf('load 5\n  m 1')).toBe(1);
    expect(lineOf('eval instant m')).toBe(1);
    expect(lineOf('eval instant at 1m m\n  expect maybe')).toBe(2);
    expect(lineOf('eval range from 1m to 0 step 1m m')).toBe(1);
  });
});
