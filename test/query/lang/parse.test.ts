import { describe, expect, it } from 'vitest';
import type { Binary, Expr, MatrixSelector, Subquery, VectorSelector } from '../../../query/lang/ast.ts';
import { typeOf } from '../../../query/lang/check.ts';
import { parse, parseSelector } from '../../../query/lang/parse.ts';

/** The shape of a tree: operators in prefix form, leaves as their text. */
function shape(expr: Expr, text: string): string {
  switch (expr.kind) {
    case 'Binary':
      return `(${expr.op} ${shape(expr.left, text)} ${shape(expr.right, text)})`;
    case 'Unary':
      return `(${expr.op} ${shape(expr.expr, text)})`;
    case 'Paren':
      return `[${shape(expr.expr, text)}]`;
    default:
      return text.slice(expr.span.start, expr.span.end);
  }
}

describe('precedence', () => {
  it.each([
    ['a + b * c', '(+ a (* b c))'],
    ['a * b + c', '(+ (* a b) c)'],
    ['a - b - c', '(- (- a b) c)'],
    ['a ^ b ^ c', '(^ a (^ b c))'],
    ['a * b ^ c / d', '(/ (* a (^ b c)) d)'],
    ['a or b and c unless d', '(or a (unless (and b c) d))'],
    ['a == b + c', '(== a (+ b c))'],
    ['a > b </ c', '(</ (> a b) c)'],
    ['a >/ 2 or b', '(or (>/ a 2) b)'],
    ['a atan2 b % c', '(% (atan2 a b) c)'],
    ['-a ^ b', '(- (^ a b))'],
    ['-a * b', '(* (- a) b)'],
    ['a ^ -b ^ c', '(^ a (- (^ b c)))'],
    ['a ^ -b * c', '(* (^ a (- b)) c)'],
    ['- - a', '(- (- a))'],
    ['2 ^ -1', '(^ 2 -1)'],
    ['(a + b) * c', '(* [(+ a b)] c)'],
    ['a AND b Or c', '(or (and a b) c)'],
    ['-a @ 5 ^ 2', '(- (^ a @ 5 2))'],
    ['a offset 5m + 1', '(+ a offset 5m 1)'],
    ['a offset (5m) + 1', '(+ a offset (5m) 1)'],
    ['a offset -step() * 2', '(* a offset -step() 2)'],
    ['a offset 2 ^ 2', '(^ a offset 2 2)'],
  ])('%s', (text, expected) => {
    expect(shape(parse(text), text)).toBe(expected);
  });
});

describe('literals', () => {
  it.each([
    ['1', 1],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['0x1F', 31],
    ['010', 8],
    ['09', 9],
    ['1_000.5', 1000.5],
    ['0x_ff', 255],
    ['inf', Infinity],
    ['+Inf', Infinity],
    ['-INF', -Infinity],
    ['NaN', Number.NaN],
    ['-3', -3],
    ['+-+3', -3],
    ['5m', 300],
    ['1h30m', 5400],
    ['1y1w1d1h1m1s1ms', 31_536_000 + 604_800 + 86_400 + 3600 + 60 + 1.001],
    ['-90s', -90],
    ['0s', 0],
  ])('%s', (text, value) => {
    expect(parse(text)).toMatchObject({ kind: 'NumberLiteral', value, span: { start: 0, end: text.length } });
  });

  it('keeps -0', () => {
    expect(parse('-0')).toMatchObject({ value: -0 });
  });

  it.each([
    [`"a\\tb"`, 'a\tb'],
    [`'it\\'s'`, "it's"],
    ['`raw\\n\nline`', 'raw\\n\nline'],
    [`"\\x41\\102\\u0043\\U0001F600"`, 'ABC\u{1f600}'],
    [`"\\xc3\\xa9"`, 'é'],
    [`"\\xff"`, '\udcff'],
    [`"\\xc3("`, '\udcc3('],
    [`"é # no comment"`, 'é # no comment'],
  ])('string %s', (text, value) => {
    expect(parse(text)).toMatchObject({ kind: 'StringLiteral', value });
  });

  it('skips comments and white space', () => {
    const text = '# first\n\t1 + # second\r\n2';
    expect(shape(parse(text), text)).toBe('(+ 1 2)');
  });
});

describe('selectors', () => {
  const matchersOf = (text: string) =>
    (parse(text) as VectorSelector).matchers.map((m) => `${m.name}${m.op}${m.value}`);

  it.each([
    ['up', ['__name__=up']],
    ['job:up:sum', ['__name__=job:up:sum']],
    ['up{}', ['__name__=up']],
    ['up{a="1",b!="2",c=~"3.*",d!~"4"}', ['a=1', 'b!=2', 'c=~3.*', 'd!~4', '__name__=up']],
    ['up{a="1",}', ['a=1', '__name__=up']],
    ['{a="1",a!="2"}', ['a=1', 'a!=2']],
    ['{__name__=~"x.+"}', ['__name__=~x.+']],
    ['{"my.metric"}', ['__name__=my.metric']],
    ['{"my.metric","l.abel"="x"}', ['__name__=my.metric', 'l.abel=x']],
    [`{a="x", 'b c'!~\`y\`}`, ['a=x', 'b c!~y']],
    ['{sum="1",by="2",inf="3",on="4"}', ['sum=1', 'by=2', 'inf=3', 'on=4']],
  ])('%s', (text, expected) => {
    expect(matchersOf(text)).toEqual(expected);
  });

  it('names a metric before or inside the braces', () => {
    expect(parse('up{a="b"}')).toMatchObject({ name: 'up' });
    expect(parse('{"up"}')).toMatchObject({ name: 'up' });
    expect(parse('{__name__="up"}')).toMatchObject({ name: 'up' });
    expect(parse('{__name__=~"up"}')).toMatchObject({ name: '' });
  });

  it.each(
    'sum avg by without offset and or unless start end step range min_of max_of fill anchored limitk'.split(
      ' ',
    ),
  )('takes the keyword %s as a metric name', (word) => {
    expect(parse(word)).toMatchObject({ kind: 'VectorSelector', name: word });
    expect(parse(`${word}{a="b"} + ${word}`)).toMatchObject({ kind: 'Binary' });
  });

  it('takes keywords and quoted texts as grouping labels', () => {
    expect(parse('sum by (by, on, bool, offset, "a.b", group_left,) (x)')).toMatchObject({
      grouping: ['by', 'on', 'bool', 'offset', 'a.b', 'group_left'],
    });
  });

  it.each([
    ['up offset 5m', { offset: 300_000, at: null }],
    ['up offset -1.5', { offset: -1500, at: null }],
    ['up @ 10.5 offset 1m', { offset: 60_000, at: { kind: 'time', ms: 10_500 } }],
    ['up offset 1m @ -10', { offset: 60_000, at: { kind: 'time', ms: -10_000 } }],
    ['up @ start()', { at: { kind: 'start' } }],
    ['up @ End()', { at: { kind: 'end' } }],
    ['up @ 1h', { at: { kind: 'time', ms: 3_600_000 } }],
    ['up anchored', { edges: 'anchored' }],
    ['up smoothed offset 1m', { edges: 'smoothed', offset: 60_000 }],
  ])('%s', (text, expected) => {
    expect(parse(text)).toMatchObject({ ...expected, span: { start: 0, end: text.length } });
  });

  it('puts modifiers of a range on its selector', () => {
    const range = parse('up[5m] smoothed @ 3 offset 1m') as MatrixSelector;
    expect(range).toMatchObject({ range: 300_000, span: { start: 0, end: 29 } });
    expect(range.selector).toMatchObject({
      edges: 'smoothed',
      offset: 60_000,
      at: { kind: 'time', ms: 3000 },
    });
  });

  it('reads subqueries', () => {
    expect(parse('up[1h:5m] offset 1m @ end()')).toMatchObject({
      kind: 'Subquery',
      range: 3_600_000,
      step: 300_000,
      offset: 60_000,
      at: { kind: 'end' },
    });
    expect(parse('(up + 1)[1h:]') as Subquery).toMatchObject({ step: null, expr: { kind: 'Paren' } });
  });

  it('reads duration expressions', () => {
    const range = (parse('up[2 * (step() + 1m)]') as MatrixSelector).range;
    expect(range).toMatchObject({
      kind: 'binary',
      op: '*',
      left: { kind: 'number', value: 2, duration: false },
      right: {
        kind: 'paren',
        operand: { op: '+', left: { kind: 'step' }, right: { kind: 'number', value: 60, duration: true } },
      },
    });
    expect(parse('up offset -min_of(range(), 5)')).toMatchObject({
      offset: { kind: 'unary', op: '-', operand: { kind: 'min_of', left: { kind: 'range' } } },
    });
    expect(parse('up[(5m)]')).toMatchObject({ range: 300_000 });
    expect(parse('up[--5m]')).toMatchObject({ range: 300_000 });
  });
});

describe('aggregations', () => {
  it.each([
    ['sum(a)', { op: 'sum', grouping: [], without: false, param: null }],
    ['SUM by (x, y) (a)', { op: 'sum', grouping: ['x', 'y'], without: false }],
    ['sum(a) by (x)', { grouping: ['x'], without: false }],
    ['sum without () (a)', { grouping: [], without: true }],
    ['topk(3, a)', { op: 'topk', param: { value: 3 } }],
    ['count_values("v", a) without (b)', { op: 'count_values', param: { value: 'v' }, without: true }],
    ['limit_ratio(-0.5, a)', { op: 'limit_ratio', param: { value: -0.5 } }],
  ])('%s', (text, expected) => {
    expect(parse(text)).toMatchObject({
      ...expected,
      kind: 'Aggregate',
      span: { start: 0, end: text.length },
    });
  });
});

describe('matching', () => {
  const matching = (text: string) => (parse(text) as Binary).matching;
  const plain = { labels: [], on: false, include: [], fillLeft: null, fillRight: null };

  it.each([
    ['a + b', { ...plain, cardinality: 'one-to-one' }],
    ['a and b', { ...plain, cardinality: 'many-to-many' }],
    ['a + on(x) b', { ...plain, cardinality: 'one-to-one', labels: ['x'], on: true }],
    ['a unless ignoring(x) b', { ...plain, cardinality: 'many-to-many', labels: ['x'] }],
    [
      'a * on(x) group_left(y, z) b',
      { ...plain, cardinality: 'many-to-one', labels: ['x'], on: true, include: ['y', 'z'] },
    ],
    ['a * ignoring(x) group_right b', { ...plain, cardinality: 'one-to-many', labels: ['x'] }],
    ['a + fill(0) b', { ...plain, cardinality: 'one-to-one', fillLeft: 0, fillRight: 0 }],
    [
      'a + fill_right(-1) fill_left(2) b',
      { ...plain, cardinality: 'one-to-one', fillLeft: 2, fillRight: -1 },
    ],
    [
      'a > bool on(x) group_left fill_left(NaN) b',
      { ...plain, cardinality: 'many-to-one', labels: ['x'], on: true, fillLeft: Number.NaN },
    ],
    ['a + 1', null],
    ['1 + on() 2', null],
    ['a > bool 1', null],
    ['(1 + 2) * -3', null],
    ['scalar(a) + b', null],
  ])('%s', (text, expected) => {
    expect(matching(text)).toEqual(expected);
  });

  it('takes fill as a metric where no value follows', () => {
    expect(parse('fill + fill')).toMatchObject({ left: { name: 'fill' }, right: { name: 'fill' } });
  });

  it('knows where the operator stands', () => {
    expect(parse('a  >= bool b')).toMatchObject({ bool: true, opSpan: { start: 3, end: 5 } });
  });
});

describe('types', () => {
  it.each([
    ['1', 'scalar'],
    ['"x"', 'string'],
    ['("x")', 'string'],
    ['up', 'vector'],
    ['up[5m]', 'matrix'],
    ['up[5m:1m]', 'matrix'],
    ['1 + 2', 'scalar'],
    ['1 + up', 'vector'],
    ['-(1 + time())', 'scalar'],
    ['-up', 'vector'],
    ['vector(1)', 'vector'],
    ['sum(up)', 'vector'],
    ['min_of(1, 2)', 'scalar'],
  ])('%s is a %s', (text, type) => {
    expect(typeOf(parse(text))).toBe(type);
  });
});

describe('parseSelector', () => {
  it('reads match[] parameters', () => {
    expect(parseSelector('up{a="b"}')).toMatchObject({ kind: 'VectorSelector', name: 'up' });
    expect(parseSelector(' {"a b"} ')).toMatchObject({ name: 'a b' });
  });

  it.each([
    ['', '1:1: parse error: no expression found in input'],
    ['up[5m]', '1:3: parse error: unexpected "["'],
    ['sum(up)', '1:4: parse error: unexpected "("'],
    ['up offset 5m', '1:4: parse error: unexpected <offset>'],
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
  ])('refuses %s', (text, message) => {
    expect(() => parseSelector(text)).toThrow(message);
  });
});
