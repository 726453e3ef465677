// Tree to text over several lines, as /api/v1/format_query gives it: a node whose one-line text is longer than 100
// characters is split, its parts indented by one level.
import type { Aggregate, Binary, Call, Expr } from './ast.ts';
import { type ParseOptions, parse } from './parse.ts';
import { print, printAggregation, printBase, printOperator, printSubquerySuffix } from './print.ts';

const LINE_LIMIT = 100;
const INDENT = '  ';
/** Deeper levels are not indented further: a chain of thousands of operators would be mostly spaces. */
const INDENT_LEVELS = 100;

/** One-line texts of the nodes asked for so far; null: too long for a line. */
type Lines = Map<Expr, string | null>;

/**
 * A query's text, formatted. Comments are lost.
 * @throws QueryError
 */
export function formatQuery(text: string, options: ParseOptions = {}): string {
  return pretty(parse(text, options));
}

/** Text of a tree, split over lines where it is long. */
export function pretty(expr: Expr): string {
  return format(expr, 0, new Map());
}

function indent(level: number): string {
  return INDENT.repeat(Math.min(level, INDENT_LEVELS));
}

/**
 * The text of a node on one line, null where it is too long. A node is too long if a part of it is, so no text much
 * longer than a line is ever made and the whole stays linear in the tree.
 */
function lineOf(expr: Expr, lines: Lines): string | null {
  const chain: Expr[] = [];
  let node = expr;
  while (node.kind === 'Binary' && !lines.has(node)) {
    chain.push(node);
    node = node.left;
  }
  let line = lines.get(node);
  if (line === undefined) {
    line = partsOf(node).some((part) => lineOf(part, lines) === null) ? null : fitting(print(node));
    lines.set(node, line);
  }
  while (chain.length > 0) {
    const binary = chain.pop() as Binary;
    const right = lineOf(binary.right, lines);
    line = printBase(binary) ?? line;
    line = line === null || right === null ? null : fitting(`${line} ${printOperator(binary)} ${right}`);
    lines.set(binary, line);
  }
  return line;
}

function fitting(text: string): string | null {
  return text.length > LINE_LIMIT ? null : text;
}

function partsOf(node: Expr): readonly Expr[] {
  switch (node.kind) {
    case 'Aggregate':
      return node.param ? [node.param, node.expr] : [node.expr];
    case 'Call':
      return node.args;
    case 'Paren':
    case 'Unary':
    case 'Subquery':
      return [node.expr];
    default:
      return [];
  }
}

function format(expr: Expr, level: number, lines: Lines): string {
  const after: string[] = [];
  let base: string | null = null;
  let node = expr;
  let depth = level;
  while (node.kind === 'Binary' && lineOf(node, lines) === null) {
    const right = format(node.right, depth + 1, lines);
    after.push(`\n${indent(depth)}${printOperator(node)}\n${right}`);
    base = printBase(node);
    node = node.left;
    depth++;
  }
  const first = base === null ? formatNode(node, depth, lines) : indent(depth) + base;
  return after.length === 0 ? first : first + after.reverse().join('');
}

function formatNode(node: Expr, level: number, lines: Lines): string {
  const line = lineOf(node, lines);
  if (line !== null) return indent(level) + line;
  switch (node.kind) {
    case 'Aggregate':
      return formatAggregate(node, level, lines);
    case 'Call':
      return formatCall(node, level, lines);
    case 'Paren':
      return `${indent(level)}(\n${format(node.expr, level + 1, lines)}\n${indent(level)})`;
    case 'Unary':
      return indent(level) + node.op + format(node.expr, level, lines).trim();
    case 'Subquery':
      return format(node.expr, level, lines) + printSubquerySuffix(node);
    default:
      return indent(level) + print(node);
  }
}

function formatAggregate(node: Aggregate, level: number, lines: Lines): string {
  const param = node.param ? `${format(node.param, level + 1, lines)},\n` : '';
  const body = param + format(node.expr, level + 1, lines);
  return `${indent(level)}${printAggregation(node)}(\n${body}\n${indent(level)})`;
}

function formatCall(node: Call, level: number, lines: Lines): string {
  const args = node.args.map((arg) => format(arg, level + 1, lines)).join(',\n');
  return `${indent(level)}${node.func}(\n${args}\n${indent(level)})`;
}
