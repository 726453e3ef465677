// Duration expressions to numbers, once the times of the query are known: `[step() * 5]` becomes milliseconds.
import { power } from '../math/power.ts';
import { QueryError } from '../result.ts';
import type { Aggregate, Binary, Call, Duration, DurationExpr, Expr, Span, VectorSelector } from './ast.ts';
import { toMilliseconds } from './duration.ts';
import { Fault, toQueryError } from './fault.ts';

/** The times of a query; `stepMs` 0 for an instant query. */
export interface QueryTimes {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** Longest duration: 2^63 nanoseconds. */
const MAX_MS = 2 ** 63 / 1e6;

/**
 * The tree with every duration a number of milliseconds. `step()` is the step of the query (0 for an instant query),
 * `range()` is end minus start. Trees without duration expressions come back as they are.
 * `text` is the query's text, to give line and column in errors.
 * @throws QueryError where a range or step is not greater than 0, or a division by zero.
 */
export function resolveDurations(expr: Expr, times: QueryTimes, text = ''): Expr {
  try {
    return resolve(expr, times);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw text === '' ? new QueryError('parse', error.message) : toQueryError(text, error);
  }
}

function resolve(expr: Expr, times: QueryTimes): Expr {
  const chain: Binary[] = [];
  let node = expr;
  while (node.kind === 'Binary') {
    chain.push(node);
    node = node.left;
  }
  let result = resolveNode(node, times);
  while (chain.length > 0) {
    const binary = chain.pop() as Binary;
    const right = resolve(binary.right, times);
    const isSame = result === binary.left && right === binary.right;
    result = isSame ? binary : { ...binary, left: result, right };
  }
  return result;
}

function resolveNode(node: Exclude<Expr, Binary>, times: QueryTimes): Expr {
  switch (node.kind) {
    case 'NumberLiteral':
    case 'StringLiteral':
      return node;
    case 'VectorSelector':
      return resolveSelector(node, times);
    case 'MatrixSelector': {
      const selector = resolveSelector(node.selector, times);
      const range = positive(node.range, times);
      return selector === node.selector && range === node.range ? node : { ...node, selector, range };
    }
    case 'Subquery': {
      const range = positive(node.range, times);
      const step = node.step === null ? null : positive(node.step, times);
      const offset = milliseconds(node.offset, times);
      return { ...node, expr: resolve(node.expr, times), range, step, offset };
    }
    case 'Paren':
    case 'Unary': {
      const inner = resolve(node.expr, times);
      return inner === node.expr ? node : { ...node, expr: inner };
    }
    case 'Call':
      return resolveCall(node, times);
    case 'Aggregate':
      return resolveAggregate(node, times);
  }
}

function resolveSelector(node: VectorSelector, times: QueryTimes): VectorSelector {
  const offset = milliseconds(node.offset, times);
  return offset === node.offset ? node : { ...node, offset };
}

function resolveCall(node: Call, times: QueryTimes): Expr {
  const args = node.args.map((arg) => resolve(arg, times));
  return args.every((arg, i) => arg === node.args[i]) ? node : { ...node, args };
}

function resolveAggregate(node: Aggregate, times: QueryTimes): Expr {
  const expr = resolve(node.expr, times);
  const param = node.param && resolve(node.param, times);
  return expr === node.expr && param === node.param ? node : { ...node, expr, param };
}

function milliseconds(duration: Duration, times: QueryTimes): number {
  if (typeof duration === 'number') return duration;
  const ms = toMilliseconds(seconds(duration, times));
  if (!(Math.abs(ms) <= MAX_MS)) throw new Fault(startOf(duration), 'duration is out of range');
  return ms;
}

function positive(duration: Duration, times: QueryTimes): number {
  const ms = milliseconds(duration, times);
  if (typeof duration !== 'number' && seconds(duration, times) <= 0) {
    throw new Fault(startOf(duration), 'duration must be greater than 0');
  }
  return ms;
}

function startOf(duration: { readonly span: Span }): number {
  return duration.span.start;
}

/** The value of an expression, in seconds. */
function seconds(expr: DurationExpr, times: QueryTimes): number {
  const chain: Extract<DurationExpr, { kind: 'binary' }>[] = [];
  let node = expr;
  while (node.kind === 'binary') {
    chain.push(node);
    node = node.left;
  }
  let value = secondsOf(node, times);
  while (chain.length > 0) {
    const binary = chain.pop() as (typeof chain)[number];
    value = apply(binary, value, seconds(binary.right, times));
  }
  return value;
}

function secondsOf(node: Exclude<DurationExpr, { kind: 'binary' }>, times: QueryTimes): number {
  switch (node.kind) {
    case 'number':
      return node.value;
    case 'step':
      return times.stepMs / 1000;
    case 'range':
      return (times.endMs - times.startMs) / 1000;
    case 'min_of':
      return Math.min(seconds(node.left, times), seconds(node.right, times));
    case 'max_of':
      return Math.max(seconds(node.left, times), seconds(node.right, times));
    case 'unary':
      return node.op === '-' ? -seconds(node.operand, times) : seconds(node.operand, times);
    case 'paren':
      return seconds(node.operand, times);
  }
}

function apply(node: Extract<DurationExpr, { kind: 'binary' }>, left: number, right: number): number {
  switch (node.op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) throw new Fault(startOf(node.right), 'division by zero');
      return left / right;
    case '%':
      if (right === 0) throw new Fault(startOf(node.right), 'modulo by zero');
      return left % right;
    case '^':
      return power(left, right);
  }
}
