// Durations: literals to seconds and back to text, and the expressions over them inside `[…]` and behind `offset`.
import type { Duration, DurationExpr, Span } from './ast.ts';
import { fail } from './fault.ts';
import { excerpt } from './quote.ts';

/** Units in descending order, in milliseconds; a year has 365 days. */
const units = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const literal = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Longest duration, in seconds: 2^63 nanoseconds. */
const MAX_SECONDS = 2 ** 63 / 1e9;

/**
 * Milliseconds of a duration such as `1h30m`: whole numbers, units descending, each at most once; `0` alone is fine.
 * Undefined where the text is none.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = text === '' ? null : literal.exec(text);
  if (!parts) return undefined;
  let ms = 0;
  for (let i = 0; i < units.length; i++) if (parts[i + 1]) ms += Number(parts[i + 1]) * units[i][1];
  return ms / 1000 <= MAX_SECONDS ? ms : undefined;
}

/** Seconds of a duration literal of a query. */
export function durationSeconds(text: string, span: Span): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms / 1000;
  fail(span, literal.test(text) ? 'duration out of range' : `not a valid duration string: ${excerpt(text)}`);
}

/**
 * Canonical text of a duration of so many milliseconds, `1h30m`. Years and weeks stand only where nothing is left over
 * (`370d`, not `1y5d`). 0 is `0s`; negative durations get a leading `-`.
 */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  let rest = Math.trunc(ms);
  if (rest === 0) return '0s';
  let text = '';
  for (const [unit, size] of units) {
    const exactOnly = unit === 'y' || unit === 'w';
    if (exactOnly && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/**
 * Whole milliseconds of so many seconds, cut off below. Seconds such as 1.001 have no exact float, so what is only
 * rounding noise away from a whole number counts as that number.
 */
export function toMilliseconds(seconds: number): number {
  const ms = seconds * 1000;
  const nearest = Math.round(ms);
  return Math.abs(ms - nearest) <= Math.max(5e-7, Math.abs(ms) * 2 ** -50) ? nearest : Math.trunc(ms);
}

/** The duration of a tree: milliseconds where it was a literal, else the expression. */
export function toDuration(expr: DurationExpr): Duration {
  return expr.kind === 'number' ? toMilliseconds(expr.value) : expr;
}

/** As {@link toDuration}, for ranges and steps: a literal must be greater than 0. */
export function toPositiveDuration(expr: DurationExpr): Duration {
  if (expr.kind === 'number' && expr.value <= 0) fail(expr.span, 'duration must be greater than 0');
  return toDuration(expr);
}

export function numberDuration(value: number, duration: boolean, span: Span): DurationExpr {
  if (Math.abs(value) > MAX_SECONDS || Number.isNaN(value)) fail(span, 'duration out of range');
  return { kind: 'number', value, duration, span };
}

/** A sign before a duration; literals take it in, `+` vanishes. */
export function signedDuration(op: string, operand: DurationExpr, start: number): DurationExpr {
  const span = { start, end: operand.span.end };
  if (operand.kind === 'number')
    return { ...operand, value: op === '-' ? -operand.value : operand.value, span };
  return op === '-' ? { kind: 'unary', op, operand, span } : operand;
}

/** Parentheses; around a literal they vanish. */
export function parenDuration(operand: DurationExpr, span: Span): DurationExpr {
  return operand.kind === 'number' ? operand : { kind: 'paren', operand, span };
}

type DurationOp = Extract<DurationExpr, { kind: 'binary' }>['op'];

export function binaryDuration(
  op: string,
  left: DurationExpr,
  right: DurationExpr,
  opSpan: Span,
): DurationExpr {
  if (right.kind === 'number' && right.value === 0) {
    if (op === '/') fail(opSpan, 'division by zero');
    if (op === '%') fail(opSpan, 'modulo by zero');
  }
  const span = { start: left.span.start, end: right.span.end };
  return { kind: 'binary', op: op as DurationOp, left, right, span };
}
