// Makes the nodes of the tree from what the grammar read, and refuses what is wrong in itself: unknown functions,
// modifiers set twice or in the wrong place, wrong numbers of aggregation arguments.
import type {
  Aggregate,
  AggregateOp,
  AtModifier,
  Binary,
  BinaryOp,
  Call,
  DurationExpr,
  Expr,
  MatcherNode,
  NumberLiteral,
  Span,
  Subquery,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import { isSetOperator } from './check.ts';
import { toDuration, toPositiveDuration } from './duration.ts';
import { fail } from './fault.ts';
import { formatPlain } from './number.ts';
import { excerpt, quote } from './quote.ts';
import { signatures } from './signatures.ts';
import { nearest } from './suggest.ts';
import { keywords } from './tokens.ts';

/** A VectorSelector without modifiers. `name` stands before the braces, '' where nothing does. */
export function selector(
  name: { text: string; span: Span } | null,
  inside: readonly MatcherNode[],
  span: Span,
): VectorSelector {
  let matchers = inside;
  if (name) matchers = [...inside, { name: '__name__', op: '=', value: name.text, span: name.span }];
  const within = inside.find((m) => m.name === '__name__' && m.op === '=');
  const known = name?.text ?? within?.value ?? '';
  return { kind: 'VectorSelector', span, name: known, matchers, offset: 0, at: null, edges: '' };
}

/** `expr[range]` */
export function withRange(expr: Expr, range: DurationExpr, brackets: Span): Expr {
  if (expr.kind !== 'VectorSelector') fail(brackets, 'ranges only allowed for vector selectors');
  if (expr.offset !== 0) fail(brackets, 'no offset modifiers allowed before range');
  if (expr.at !== null) fail(brackets, 'no @ modifiers allowed before range');
  const span = { start: expr.span.start, end: brackets.end };
  return { kind: 'MatrixSelector', span, selector: expr, range: toPositiveDuration(range) };
}

/** `expr[range:step]` */
export function withSubquery(
  expr: Expr,
  range: DurationExpr,
  step: DurationExpr | null,
  end: number,
): Subquery {
  return {
    kind: 'Subquery',
    span: { start: expr.span.start, end },
    expr,
    range: toPositiveDuration(range),
    step: step && toPositiveDuration(step),
    offset: 0,
    at: null,
  };
}

export function withOffset(expr: Expr, offset: DurationExpr, end: number): Expr {
  const span = { start: expr.span.start, end };
  const target = expr.kind === 'MatrixSelector' ? expr.selector : expr;
  if (target.kind !== 'VectorSelector' && target.kind !== 'Subquery') {
    const places = 'an instant vector selector or range vector selector or a subquery';
    fail(expr.span, `offset modifier must be preceded by ${places}`);
  }
  if (target.offset !== 0) fail(expr.span, 'offset may not be set multiple times');
  const duration = toDuration(offset);
  if (expr.kind === 'MatrixSelector')
    return { ...expr, span, selector: { ...expr.selector, offset: duration } };
  return { ...target, span, offset: duration };
}

export function withAt(expr: Expr, at: AtModifier, end: number): Expr {
  const span = { start: expr.span.start, end };
  const target = expr.kind === 'MatrixSelector' ? expr.selector : expr;
  if (target.kind !== 'VectorSelector' && target.kind !== 'Subquery') {
    const places = 'an instant vector selector or range vector selector or a subquery';
    fail(expr.span, `@ modifier must be preceded by ${places}`);
  }
  if (target.at !== null) fail(expr.span, '@ <timestamp> may not be set multiple times');
  if (expr.kind === 'MatrixSelector') return { ...expr, span, selector: { ...expr.selector, at } };
  return { ...target, span, at };
}

/** The time of `@ 1609746000.5`, given in seconds. */
export function atTime(seconds: number, expr: Expr): AtModifier {
  if (!(Math.abs(seconds) < 2 ** 63)) {
    const text = Math.abs(seconds) < 1e21 ? seconds.toFixed(6) : formatPlain(seconds);
    fail(expr.span, `timestamp out of bounds for @ modifier: ${text}`);
  }
  return { kind: 'time', ms: Math.round(seconds * 1000) };
}

export function withEdges(expr: Expr, edges: 'anchored' | 'smoothed', end: number, strict: boolean): Expr {
  if (strict) fail(expr.span, `${edges} modifier is experimental and not enabled`);
  if (expr.kind === 'Subquery') fail(expr.span, `${edges} modifier is not supported for subqueries`);
  const target = expr.kind === 'MatrixSelector' ? expr.selector : expr;
  if (target.kind !== 'VectorSelector') fail(expr.span, `${edges} modifier not implemented`);
  if (target.edges !== '' && target.edges !== edges) {
    fail(expr.span, 'anchored and smoothed modifiers cannot be used together');
  }
  const span = { start: expr.span.start, end };
  if (expr.kind === 'MatrixSelector') return { ...expr, span, selector: { ...expr.selector, edges } };
  return { ...target, span, edges };
}

export function call(
  name: string,
  nameSpan: Span,
  args: readonly Expr[],
  end: number,
  strict: boolean,
): Call {
  const signature = signatures.get(name);
  if (!signature) {
    const guess = nearest(name, [...signatures.keys(), ...keywords.keys()]);
    const hint = guess ? `, did you mean ${quote(guess)}?` : '';
    fail(nameSpan, `unknown function with name ${excerpt(name)}${hint}`);
  }
  if (strict && signature.experimental) fail(nameSpan, `function ${excerpt(name)} is not enabled`);
  return { kind: 'Call', span: { start: nameSpan.start, end }, func: name, args };
}

export interface Grouping {
  readonly labels: readonly string[];
  readonly without: boolean;
}

const withParameter: ReadonlySet<AggregateOp> = new Set([
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
]);

export function aggregate(
  op: AggregateOp,
  grouping: Grouping | null,
  args: readonly Expr[],
  span: Span,
  strict: boolean,
): Aggregate {
  if (args.length === 0) fail(span, 'no arguments for aggregate expression provided');
  if (strict && (op === 'limitk' || op === 'limit_ratio')) {
    const flag = '--enable-feature=promql-experimental-functions';
    fail(span, `${op}() is experimental and must be enabled with ${flag}`);
  }
  const wanted = withParameter.has(op) ? 2 : 1;
  if (args.length !== wanted) {
    const counts = `expected ${wanted}, got ${args.length}`;
    fail(span, `wrong number of arguments for aggregate expression provided, ${counts}`);
  }
  return {
    kind: 'Aggregate',
    span,
    op,
    expr: args[wanted - 1],
    param: wanted === 2 ? args[0] : null,
    grouping: grouping?.labels ?? [],
    without: grouping?.without ?? false,
  };
}

/** A binary operator with its modifiers, before its right side is known. */
export interface Operator {
  readonly op: BinaryOp | '+' | '-';
  readonly span: Span;
  readonly bool: boolean;
  readonly matching: VectorMatching | null;
}

const oneToOne: VectorMatching = {
  cardinality: 'one-to-one',
  labels: [],
  on: false,
  include: [],
  fillLeft: null,
  fillRight: null,
};

export function binary(left: Expr, operator: Operator, right: Expr, bothVectors: boolean): Binary {
  const { op, span: opSpan, bool } = operator;
  return {
    kind: 'Binary',
    span: { start: left.span.start, end: right.span.end },
    op,
    left,
    right,
    bool,
    matching: matchingOf(operator, bothVectors),
    opSpan,
  };
}

/** Null beside a scalar, unless labels or fills were given: those stay for check.ts to refuse. */
function matchingOf({ op, matching }: Operator, bothVectors: boolean): VectorMatching | null {
  const given = matching ?? oneToOne;
  if (!bothVectors) {
    const refused = given.labels.length > 0 || given.fillLeft !== null || given.fillRight !== null;
    return refused ? given : null;
  }
  if (isSetOperator(op) && given.cardinality === 'one-to-one')
    return { ...given, cardinality: 'many-to-many' };
  return given;
}

/** `-expr`, `+expr`; number literals take the sign in. */
export function signed(op: '+' | '-', expr: Expr, start: number): Expr {
  const span = { start, end: expr.span.end };
  if (expr.kind !== 'NumberLiteral') return { kind: 'Unary', span, op, expr };
  const literal: NumberLiteral = { ...expr, span, value: op === '-' ? -expr.value : expr.value };
  return literal;
}

/**
 * The matching with `fill(value)`, `fill_left(value)` or `fill_right(value)` added; `word` is the modifier as written,
 * at offset `at`.
 */
export function addFill(
  matching: VectorMatching | null,
  word: string,
  at: number,
  value: number,
): VectorMatching {
  const before = matching ?? oneToOne;
  const left = word.toLowerCase() !== 'fill_right';
  const right = word.toLowerCase() !== 'fill_left';
  if ((left && before.fillLeft !== null) || (right && before.fillRight !== null)) {
    fail(at, `unexpected <${word}>`);
  }
  return {
    ...before,
    fillLeft: left ? value : before.fillLeft,
    fillRight: right ? value : before.fillRight,
  };
}
