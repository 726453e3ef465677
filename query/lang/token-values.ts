// What tokens stand for: places, numbers, label names.
import type { IToken } from 'chevrotain';
import type { NumberLiteral, Span } from './ast.ts';
import { durationSeconds } from './duration.ts';
import { fail } from './fault.ts';
import { parseNumber } from './number.ts';
import { excerpt, isValidLabelName, quote, unquote } from './quote.ts';
import { DurationToken } from './tokens.ts';

export function spanOf(token: IToken): Span {
  return { start: token.startOffset, end: endOf(token) };
}

export function endOf(token: IToken): number {
  return token.startOffset + token.image.length;
}

function numberOf(token: IToken): number {
  const value = parseNumber(token.image);
  if (value === undefined) fail(token.startOffset, `error parsing number: ${excerpt(token.image)}`);
  if (value === Infinity && !/^inf/i.test(token.image)) {
    fail(token.startOffset, `error parsing number: ${excerpt(token.image)}: value out of range`);
  }
  return value;
}

/** Seconds of a number or a duration literal. */
export function secondsOf(token: IToken): number {
  if (token.tokenType !== DurationToken) return numberOf(token);
  return durationSeconds(token.image, spanOf(token));
}

export function numberLiteral(token: IToken): NumberLiteral {
  const isDuration = token.tokenType === DurationToken;
  return { kind: 'NumberLiteral', span: spanOf(token), value: secondsOf(token), duration: isDuration };
}

/** The label named by a quoted text. */
export function labelName(token: IToken): string {
  const name = unquote(token.image, token.startOffset);
  if (!isValidLabelName(name)) {
    fail(token.startOffset, `invalid label name for grouping: ${quote(name)}`);
  }
  return name;
}
