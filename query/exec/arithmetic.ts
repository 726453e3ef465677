// The binary operators on columns of numbers, one loop an operator so that nothing is decided inside it, and what
// kinds of operators there are.
import type { Binary, BinaryOp } from '../lang/ast.ts';
import { power } from '../math/power.ts';
import type { QueryContext } from './context.ts';

/** Arithmetic and comparisons: what yields numbers from numbers. */
export type NumberOp = Exclude<BinaryOp, 'and' | 'or' | 'unless' | '</' | '>/'>;

/** Writes `left op right` for the first `n` slots; `out` may be one of the operands. Comparisons give 1 or 0. */
type ColumnOp = (left: Float64Array, right: Float64Array, out: Float64Array, n: number) => void;

const COLUMN_OPS: Record<NumberOp, ColumnOp> = {
  '+'(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] + right[k];
  },
  '-'(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] - right[k];
  },
  '*'(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] * right[k];
  },
  '/'(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] / right[k];
  },
  '%'(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] % right[k];
  },
  '^'(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = power(left[k], right[k]);
  },
  atan2(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = Math.atan2(left[k], right[k]);
  },
  '=='(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] === right[k] ? 1 : 0;
  },
  '!='(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] !== right[k] ? 1 : 0;
  },
  '>'(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] > right[k] ? 1 : 0;
  },
  '<'(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] < right[k] ? 1 : 0;
  },
  '>='(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] >= right[k] ? 1 : 0;
  },
  '<='(left, right, out, n) {
    for (let k = 0; k < n; k++) out[k] = left[k] <= right[k] ? 1 : 0;
  },
};

/** The column loop of an operator. */
export function columnOp(op: NumberOp): ColumnOp {
  return COLUMN_OPS[op];
}

export function isComparison(op: BinaryOp): boolean {
  return op === '==' || op === '!=' || op === '>' || op === '<' || op === '>=' || op === '<=';
}

export function isSetOperator(op: BinaryOp): op is 'and' | 'or' | 'unless' {
  return op === 'and' || op === 'or' || op === 'unless';
}

/** Histogram operators `</` and `>/`: between floats they give nothing. */
export function isTrim(op: BinaryOp): op is '</' | '>/' {
  return op === '</' || op === '>/';
}

/** The info that an operator makes no sense between floats. */
export function incompatibleFloats(op: BinaryOp, node: Binary, context: QueryContext): void {
  context.info(
    `incompatible sample types encountered for binary operator "${op}": float ${op} float`,
    node.span,
  );
}

/** A binary operator without its sides, for explain. */
export function explainBinary(node: Binary): string {
  const { matching } = node;
  if (!matching || (matching.labels.length === 0 && !matching.on)) return node.op;
  return `${node.op} ${matching.on ? 'on' : 'ignoring'} (${matching.labels.join(', ')})`;
}
