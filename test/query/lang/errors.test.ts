import { describe, expect, it } from 'vitest';
import { parse } from '../../../query/lang/parse.ts';
import { QueryError } from '../../../query/result.ts';

function errorOf(text: string, strict = false): string {
  try {
    parse(text, { strict });
  } catch (error) {
    if (error instanceof QueryError && error.kind === 'parse')
      return error.message.replace('parse error: ', '');
    throw error;
  }
  return 'no error';
}

describe('lexical errors', () => {
  it.each([
    ['', '1:1: no expression found in input'],
    ['  # only this', '1:1: no expression found in input'],
    ['a $ b', "1:3: unexpected character: '$'"],
    ['a + é', "1:5: unexpected character: 'é'"],
    ['3.1.4', '1:1: bad number or duration syntax: "3.1."'],
    ['12monkeys', '1:1: bad number or duration syntax: "12mo"'],
    ['2 + 0xyz', '1:5: bad number or duration syntax: "0xyz"'],
    ['5h5h', '1:1: not a valid duration string: "5h5h"'],
    ['9999y', '1:1: duration out of range'],
    ['7__0', '1:1: error parsing number: "7__0"'],
    ['1e999', '1:1: error parsing number: "1e999": value out of range'],
    ['"open', '1:1: unterminated quoted string'],
    ['"two\nlines"', '1:1: unterminated quoted string'],
    ['`open', '1:1: unterminated raw string'],
    ['"\\z"', "1:1: unknown escape sequence U+007A 'z'"],
    ['"\\xg1"', "1:1: illegal character U+0067 'g' in escape sequence"],
    ['"\\u12"', '1:1: escape sequence not terminated'],
    ['"\\udead"', '1:1: escape sequence is an invalid Unicode code point'],
    ['"\\777"', '1:1: escape sequence is an invalid Unicode code point'],
    ['a =~ b', "1:3: unexpected character after '=': '~'"],
    ['a !x b', "1:3: unexpected character after '!': 'x'"],
    ['a}', "1:2: unexpected character: '}'"],
    ['a]', "1:2: unexpected right bracket ']'"],
    ['(a))', "1:5: unexpected right parenthesis ')'"],
    ['(a', '1:3: unclosed left parenthesis'],
    ['sum(rate(a[1m])', '1:16: unclosed left parenthesis'],
    ['a{', '1:3: unexpected end of input inside braces'],
    ['a{b="c"', '1:8: unexpected end of input inside braces'],
    ['a{b={', "1:5: unexpected left brace '{'"],
    ['a{7="x"}', "1:3: unexpected character inside braces: '7'"],
    ['a{b!c}', "1:4: unexpected character after '!' inside braces: 'c'"],
    ['a[5m', '1:5: unexpected end of input in duration expression'],
    ['a["5m"]', "1:3: unexpected character in duration expression: '\"'"],
  ])('%j', (text, message) => {
    expect(errorOf(text)).toBe(message);
  });

  it('reports what comes first, token or syntax', () => {
    expect(errorOf('a b $')).toBe('1:3: unexpected identifier "b"');
    expect(errorOf('a $ b c')).toBe("1:3: unexpected character: '$'");
  });
});

describe('syntax errors', () => {
  const durations = 'number, duration, step(), or range()';
  it.each([
    ['a +', '1:4: unexpected end of input'],
    ['/ a', '1:1: unexpected <op:/>'],
    ['a b', '1:3: unexpected identifier "b"'],
    ['a b:c', '1:3: unexpected metric identifier "b:c"'],
    ['a 5m', '1:3: unexpected duration "5m"'],
    ['a "a rather long text"', '1:3: unexpected string "\\"a rather "...'],
    ['a == == b', '1:6: unexpected <op:==>'],
    ['a = b', '1:3: unexpected "="'],
    ['bool', '1:1: unexpected <bool>'],
    ['a @@', '1:4: unexpected <op:@> in @, expected timestamp'],
    ['by (x) (a)', '1:4: unexpected "("'],
    ['sum by (x) (a) by (y)', '1:16: unexpected <by>'],
    ['sum a', '1:5: unexpected identifier "a"'],
    ['sum by x (a)', '1:8: unexpected identifier "x" in grouping opts, expected "("'],
    ['sum by (7) (a)', '1:9: unexpected number "7" in grouping opts, expected label'],
    ['sum by (x y) (a)', '1:11: unexpected identifier "y" in grouping opts, expected "," or ")"'],
    ['sum by (x,,) (a)', '1:11: unexpected "," in grouping opts, expected label'],
    ['sum by (x)', '1:11: unexpected end of input in aggregation'],
    ['max(a b)', '1:7: unexpected identifier "b" in aggregation'],
    ['rate(a b)', '1:8: unexpected identifier "b"'],
    ['rate(a[5m],)', '1:11: trailing commas not allowed in function call args'],
    ['a on (x) b', '1:3: unexpected <on>'],
    ['a + on (x) ignoring (y) b', '1:12: unexpected <ignoring>'],
    ['a + group_left b', '1:5: unexpected <group_left>'],
    ['a + fill() b', '1:10: unexpected ")"'],
    ['a + fill(b) b', '1:10: unexpected identifier "b"'],
    ['a + fill(1) fill_left(1) b', '1:13: unexpected <fill_left>'],
    ['a{b}', '1:4: unexpected "}" in label matching, expected label matching operator'],
    ['a{b c}', '1:5: unexpected identifier "c" in label matching, expected label matching operator'],
    ['a{b=}', '1:5: unexpected "}" in label matching, expected string'],
    ['a{b="c" d="e"}', '1:9: unexpected identifier "d" in label matching, expected "," or "}"'],
    ['a{,}', '1:3: unexpected "," in label matching, expected identifier or "}"'],
    ['a{b="c",,}', '1:9: unexpected "," in label matching, expected identifier or "}"'],
    ['a[]', `1:3: unexpected "]" in subquery or range selector, expected ${durations}`],
    ['a[step]', `1:7: unexpected "]" in subquery or range selector, expected ${durations}`],
    ['a[5m 5m]', '1:6: unexpected duration "5m" in subquery or range, expected ":" or "]"'],
    [
      'a[5m:*]',
      `1:6: unexpected <op:*> in subquery selector, expected number, duration, step(), range(), or "]"`,
    ],
    ['a[5m:1m 1m]', '1:9: unexpected duration "1m" in subquery selector, expected "]"'],
    ['a offset', `1:9: unexpected end of input in offset, expected ${durations}`],
    ['a offset b', `1:10: unexpected identifier "b" in offset, expected ${durations}`],
    ['a @ b', '1:5: unexpected identifier "b" in @, expected timestamp'],
    ['a @ start(', '1:11: unclosed left parenthesis'],
  ])('%j', (text, message) => {
    expect(errorOf(text)).toBe(message);
  });

  it('counts lines and characters', () => {
    expect(errorOf('sum(\n  # a comment\n  a +\n) ')).toBe('4:1: unexpected ")" in aggregation');
    expect(errorOf('"😀é" b')).toBe('1:6: unexpected identifier "b"');
    expect(() => parse('a +\n* b')).toThrow(expect.objectContaining({ kind: 'parse', line: 2, column: 1 }));
  });
});

describe('errors of meaning', () => {
  it.each([
    ['{}', '1:1: vector selector must contain at least one non-empty matcher'],
    ['a + {b=~".*",c!="d"}', '1:5: vector selector must contain at least one non-empty matcher'],
    ['a{__name__="b"}', '1:1: metric name must not be set twice: "a" or "b"'],
    ['a{"b"}', '1:1: metric name must not be set twice: "a" or "b"'],
    ['sum by ("") (a)', '1:9: invalid label name for grouping: ""'],
    ['sum by ("\\xff") (a)', '1:9: invalid label name for grouping: "\\xff"'],
    ['1 == 2', '1:3: comparisons between scalars must use BOOL modifier'],
    ['a * bool b', '1:3: bool modifier can only be used on comparison operators'],
    ['a and 1', '1:1: set operator "and" not allowed in binary scalar expression'],
    ['a + on(x) 1', '1:1: vector matching only allowed between instant vectors'],
    ['a + on(x) group_left(x) b', '1:3: label "x" must not occur in ON and GROUP clause at once'],
    ['a or on(x) group_left b', '1:1: no grouping allowed for "or" operation'],
    ['a or fill(1) b', '1:1: filling in missing series not allowed for set operators'],
    ['a * fill(1) 2', '1:1: filling in missing series only allowed between instant vectors'],
    ['a[5m] * 2', '1:1: binary expression must contain only scalar and instant vector types'],
    ['2 * "x"', '1:5: binary expression must contain only scalar and instant vector types'],
    [
      '-a[5m]',
      '1:1: unary expression only allowed on expressions of type scalar or instant vector, got "range vector"',
    ],
    ['sum(1)', '1:5: expected type instant vector in aggregation expression, got scalar'],
    ['topk(a, b)', '1:6: expected type scalar in aggregation parameter, got instant vector'],
    ['count_values(1, a)', '1:14: expected type string in aggregation parameter, got scalar'],
    ['sum()', '1:1: no arguments for aggregate expression provided'],
    ['topk(a)', '1:1: wrong number of arguments for aggregate expression provided, expected 2, got 1'],
    ['rate(a)', '1:6: expected type range vector in call to function "rate", got instant vector'],
    ['abs("x")', '1:5: expected type instant vector in call to function "abs", got string'],
    ['abs()', '1:1: expected 1 argument(s) in call to "abs", got 0'],
    ['label_join(a, "b")', '1:1: expected at least 3 argument(s) in call to "label_join", got 2'],
    ['round(a, 1, 2)', '1:1: expected at most 2 argument(s) in call to "round", got 3'],
    [
      'label_join(a, "b", "c", d)',
      '1:25: expected type string in call to function "label_join", got instant vector',
    ],
    ['info(a, 1)', '1:9: expected type instant vector in call to function "info", got scalar'],
    ['info(a, b)', '1:9: expected label selectors only, got vector selector instead'],
    ['info(a, sum(b))', '1:9: expected label selectors only'],
    [
      'avg_over_time(a[1h:5m][1h:5m])',
      '1:15: subquery is only allowed on instant vector, got matrix instead',
    ],
    ['(a)[5m]', '1:4: ranges only allowed for vector selectors'],
    ['a offset 1m [5m]', '1:13: no offset modifiers allowed before range'],
    ['a @ 1 [5m]', '1:7: no @ modifiers allowed before range'],
    ['a[0s]', '1:3: duration must be greater than 0'],
    ['a[-5m]', '1:3: duration must be greater than 0'],
    ['a[5m:0]', '1:6: duration must be greater than 0'],
    ['a[1e11]', '1:3: duration out of range'],
    ['a[step() / 0]', '1:10: division by zero'],
    ['a[5m % 0s]', '1:6: modulo by zero'],
    ['a offset 1m offset 1m', '1:1: offset may not be set multiple times'],
    ['a @ 1 @ end()', '1:1: @ <timestamp> may not be set multiple times'],
    ['a @ Inf', '1:1: timestamp out of bounds for @ modifier: +Inf'],
    ['a @ 1e40', '1:1: timestamp out of bounds for @ modifier: 10000000000000000000000000000000000000000'],
    ['a anchored smoothed', '1:1: anchored and smoothed modifiers cannot be used together'],
    ['a[1h:] anchored', '1:1: anchored modifier is not supported for subqueries'],
    ['sum(a) smoothed', '1:1: smoothed modifier not implemented'],
  ])('%j', (text, message) => {
    expect(errorOf(text)).toBe(message);
  });

  it.each(['offset 5m', '@ 5'])('refuses %s after anything but selectors and subqueries', (modifier) => {
    const name = modifier.split(' ')[0];
    const message = `${name} modifier must be preceded by an instant vector selector or range vector selector or a subquery`;
    for (const before of ['1', 'sum(a)', '(a)', '"x"', 'abs(a)']) {
      expect(errorOf(`${before} ${modifier}`)).toBe(`1:1: ${message}`);
    }
  });

  it('names the pattern that is no regular expression', () => {
    expect(errorOf('a{b="c",d=~"(x"}')).toMatch(/^1:9: error parsing regexp: missing closing \)/);
  });

  it.each([
    ['raet(a[5m])', ', did you mean "rate"?'],
    ['histogram_quantil(1, a)', ', did you mean "histogram_quantile"?'],
    ['smu(a)', ', did you mean "sum"?'],
    ['Rate(a[5m])', ', did you mean "rate"?'],
    ['frobnicate(a)', ''],
  ])('suggests a name for %s', (text, hint) => {
    const name = text.slice(0, text.indexOf('('));
    expect(errorOf(text)).toBe(`1:1: unknown function with name "${name}"${hint}`);
  });
});

describe('strict', () => {
  it.each([
    ['info(a)', '1:1: function "info" is not enabled'],
    ['abs(mad_over_time(a[5m]))', '1:5: function "mad_over_time" is not enabled'],
    [
      'limitk(1, a)',
      '1:1: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions',
    ],
    ['a + fill(0) b', '1:5: binop fill modifiers are experimental and not enabled'],
    ['a[5m] anchored', '1:1: anchored modifier is experimental and not enabled'],
    ['a smoothed', '1:1: smoothed modifier is experimental and not enabled'],
  ])('refuses %s', (text, message) => {
    expect(errorOf(text, true)).toBe(message);
    expect(errorOf(text)).toBe('no error');
  });

  it.each(['a[5m * 2]', 'a offset -step()', 'first_over_time(a[5m])', '{"a b"}', 'fill + smoothed'])(
    'takes %s',
    (text) => {
      expect(errorOf(text, true)).toBe('no error');
    },
  );
});
