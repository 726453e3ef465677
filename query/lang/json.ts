// The tree as the JSON of /api/v1/parse_query: the shape that Prometheus's "Explain" tab and other tools read.
import { QueryError } from '../result.ts';
import type {
  AtModifier,
  Binary,
  Call,
  Duration,
  DurationExpr,
  Expr,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import { isNamedOutside } from './check.ts';
import { formatGo, formatPlain } from './number.ts';
import { type ParseOptions, parse } from './parse.ts';
import { type Signature, signatures } from './signatures.ts';

export type JsonNode = { readonly [key: string]: unknown };

/** JSON.stringify recurses; deeper trees would overflow its stack. */
const MAX_CHAIN = 2000;

/**
 * A query's text as the JSON of its tree.
 * @throws QueryError
 */
export function parseToJson(text: string, options: ParseOptions = {}): JsonNode {
  return toJson(parse(text, options));
}

/**
 * The tree as plain data.
 * @throws QueryError where a chain of operators is too long to be nested JSON.
 */
export function toJson(expr: Expr): JsonNode {
  const chain: Binary[] = [];
  let node = expr;
  while (node.kind === 'Binary') {
    chain.push(node);
    node = node.left;
  }
  if (chain.length > MAX_CHAIN) {
    throw new QueryError(
      'limit',
      `a chain of ${chain.length} operators is too long for a tree (limit ${MAX_CHAIN})`,
    );
  }
  let result = nodeToJson(node);
  while (chain.length > 0) {
    const { op, right, matching, bool } = chain.pop() as Binary;
    result = {
      type: 'binaryExpr',
      op,
      lhs: result,
      rhs: toJson(right),
      matching: matchingToJson(matching),
      bool,
    };
  }
  return result;
}

function limitChain(length: number): void {
  if (length <= MAX_CHAIN) return;
  const message = `a chain of ${length} operators is too long to be shown as a tree (limit ${MAX_CHAIN})`;
  throw new QueryError('limit', message);
}

function nodeToJson(node: Exclude<Expr, Binary>): JsonNode {
  switch (node.kind) {
    case 'NumberLiteral':
      return { type: 'numberLiteral', val: formatPlain(node.value) };
    case 'StringLiteral':
      return { type: 'stringLiteral', val: node.value };
    case 'VectorSelector':
      return { type: 'vectorSelector', ...selectorToJson(node) };
    case 'MatrixSelector':
      return {
        type: 'matrixSelector',
        ...selectorToJson(node.selector),
        range: constant(node.range),
        rangeExpr: expression(node.range),
      };
    case 'Subquery':
      return {
        type: 'subquery',
        expr: toJson(node.expr),
        range: constant(node.range),
        rangeExpr: expression(node.range),
        offset: constant(node.offset),
        offsetExpr: expression(node.offset),
        step: node.step === null ? 0 : constant(node.step),
        stepExpr: node.step === null ? null : expression(node.step),
        ...atToJson(node.at),
      };
    case 'Paren':
      return { type: 'parenExpr', expr: toJson(node.expr) };
    case 'Unary':
      return { type: 'unaryExpr', op: node.op, expr: toJson(node.expr) };
    case 'Call':
      return callToJson(node);
    case 'Aggregate':
      return {
        type: 'aggregation',
        op: node.op,
        expr: toJson(node.expr),
        param: node.param && toJson(node.param),
        grouping: node.grouping,
        without: node.without,
      };
  }
}

function callToJson({ func, args }: Call): JsonNode {
  const { args: argTypes, result, min, max } = signatures.get(func) as Signature;
  const variadic = max === Infinity ? -1 : max - min;
  return {
    type: 'call',
    func: { name: func, argTypes, variadic, returnType: result },
    args: args.map(toJson),
  };
}

function selectorToJson(node: VectorSelector): JsonNode {
  return {
    name: isNamedOutside(node) ? node.name : '',
    matchers: node.matchers.map(({ name, op, value }) => ({ name, type: op, value })),
    offset: constant(node.offset),
    offsetExpr: expression(node.offset),
    ...atToJson(node.at),
    anchored: node.edges === 'anchored',
    smoothed: node.edges === 'smoothed',
  };
}

function atToJson(at: AtModifier | null): JsonNode {
  return {
    timestamp: at?.kind === 'time' ? at.ms : null,
    startOrEnd: at === null || at.kind === 'time' ? null : at.kind,
  };
}

function matchingToJson(matching: VectorMatching | null): JsonNode | null {
  if (matching === null) return null;
  const { cardinality, labels, on, include, fillLeft, fillRight } = matching;
  const fillValues = { lhs: fillToJson(fillLeft), rhs: fillToJson(fillRight) };
  return { card: cardinality, labels, on, include, fillValues };
}

/** JSON has no NaN and no infinities: those are texts. */
function fillToJson(value: number | null): number | string | null {
  return value === null || Number.isFinite(value) ? value : formatGo(value);
}

/** Milliseconds of a plain duration, 0 for an expression. */
function constant(duration: Duration): number {
  return typeof duration === 'number' ? duration : 0;
}

function expression(duration: Duration): JsonNode | null {
  return typeof duration === 'number' ? null : durationToJson(duration, false);
}

function durationToJson(expr: DurationExpr, wrapped: boolean): JsonNode {
  if (expr.kind === 'paren') return durationToJson(expr.operand, true);
  const chain: BinaryDuration[] = [];
  let node: DurationExpr = expr;
  while (node.kind === 'binary') {
    chain.push(node);
    node = node.left;
  }
  limitChain(chain.length);
  let result = durationNodeToJson(node, wrapped && chain.length === 0);
  while (chain.length > 0) {
    const { op, right } = chain.pop() as BinaryDuration;
    const rhs = durationToJson(right, false);
    result = { type: 'durationExpr', op, lhs: result, rhs, wrapped: wrapped && chain.length === 0 };
  }
  return result;
}

type BinaryDuration = Extract<DurationExpr, { kind: 'binary' }>;

function durationNodeToJson(node: Exclude<DurationExpr, BinaryDuration>, wrapped: boolean): JsonNode {
  switch (node.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatPlain(node.value), duration: node.duration };
    case 'paren':
      return durationToJson(node.operand, true);
    case 'step':
    case 'range':
      return { type: 'durationExpr', op: node.kind, lhs: null, rhs: null, wrapped };
    case 'unary':
      return {
        type: 'durationExpr',
        op: node.op,
        lhs: null,
        rhs: durationToJson(node.operand, false),
        wrapped,
      };
    case 'min_of':
    case 'max_of': {
      const lhs = durationToJson(node.left, false);
      const rhs = durationToJson(node.right, false);
      return { type: 'durationExpr', op: node.kind, lhs, rhs, wrapped };
    }
  }
}
