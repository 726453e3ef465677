// Texts made to hurt: each must give a tree or a QueryError, never a stack overflow.
import { describe, expect, it } from 'vitest';
import { parseToJson } from '../../../query/lang/json.ts';
import { parse } from '../../../query/lang/parse.ts';
import { pretty } from '../../../query/lang/pretty.ts';
import { print } from '../../../query/lang/print.ts';
import { resolveDurations } from '../../../query/lang/resolve.ts';
import { QueryError } from '../../../query/result.ts';

const times = { startMs: 0, endMs: 60_000, stepMs: 1000 };
const chain = (operand: string, operator: string, count: number) => Array(count).fill(operand).join(operator);
const nested = (open: string, count: number) => `${open.repeat(count)}a${')'.repeat(count)}`;

describe('depth', () => {
  it.each([
    ['parentheses', nested('(', 10_000)],
    ['calls', nested('abs(', 10_000)],
    ['aggregations', nested('sum by (x) (', 8000)],
    ['operators and parentheses', nested('1 + 2 * 3 ^ (', 8000)],
    ['signs', `${'-'.repeat(100_000)}a`],
    ['powers', chain('a', '^', 10_000)],
    ['subqueries', `a${'[1m:]'.repeat(20_000)}`],
    ['duration parentheses', `a[${'('.repeat(10_000)}1${')'.repeat(10_000)}]`],
    ['duration signs', `a[${'-'.repeat(10_000)}step()]`],
  ])('%s', (_, text) => {
    expect(() => parse(text)).toThrow(QueryError);
    expect(() => parse(text)).toThrow('expression is nested more than 200 levels deep');
  });

  it.each([
    ['calls', nested('abs(', 190)],
    ['aggregations', nested('sum(', 190)],
    ['signs', nested('-(', 95)],
    ['powers', chain('a', '^', 190)],
  ])('takes %s up to the limit', (_, text) => {
    const expr = parse(text);
    expect(print(parse(print(expr)))).toBe(print(expr));
    expect(pretty(expr).length).toBeGreaterThan(text.length);
    expect(resolveDurations(expr, times)).toBe(expr);
    expect(JSON.stringify(parseToJson(text)).length).toBeGreaterThan(text.length);
  });

  it('finds its limit again after an error', () => {
    expect(() => parse(nested('(', 300))).toThrow('nested');
    expect(print(parse(nested('(', 150)))).toBe(nested('(', 150));
  });

  it('gives a QueryError where the stack ends first', () => {
    const text = nested('abs(', 190);
    const atDepth = (): void => {
      try {
        atDepth();
      } catch (error) {
        // The innermost frames: almost no stack is left.
        if (!(error instanceof RangeError)) throw error;
        parse(text);
      }
    };
    expect(atDepth).toThrow(QueryError);
  });
});

describe('length', () => {
  it.each([
    ['a sum of metrics', chain('a', ' + ', 10_000)],
    ['a sum of numbers', chain('1', ' + ', 10_000)],
    ['a union of selectors', chain('a{b="c"}', ' or ', 10_000)],
    ['mixed operators', chain('a * b', ' - ', 10_000)],
    ['duration arithmetic', `a[${chain('1', ' + ', 10_000)}]`],
    ['matchers', `a{${chain('b="c"', ',', 10_000)}}`],
    ['grouping labels', `sum by (${chain('b', ', ', 10_000)}) (a)`],
    ['a string', `"${'x'.repeat(100_000)}"`],
    ['escapes', `"${'\\n'.repeat(50_000)}"`],
    ['a name', 'a'.repeat(100_000)],
    ['arguments', `label_join(a, ${chain('"x"', ', ', 10_000)})`],
  ])('%s', (_, text) => {
    const expr = parse(text);
    const printed = print(expr);
    expect(printed).toBe(text);
    expect(print(parse(pretty(expr)))).toBe(printed);
    resolveDurations(expr, times);
  });

  it('refuses a tree too deep for JSON', () => {
    expect(JSON.stringify(parseToJson(chain('a', '+', 2000)))).toContain('binaryExpr');
    expect(() => parseToJson(chain('a', '+', 10_000))).toThrow('a chain of 9999 operators is too long');
    expect(() => parseToJson(`a[${chain('1', '+', 10_000)}]`)).toThrow(
      'a chain of 9999 operators is too long',
    );
  });

  it.each([
    ['numbers', '1 '.repeat(50_000), '1:3: parse error: unexpected number "1"'],
    ['a long number', '1'.repeat(100_000), 'value out of range'],
    ['a long duration', '1s'.repeat(50_000), 'not a valid duration string'],
    ['underscores', '1_'.repeat(50_000), 'error parsing number'],
    ['open quotes', '"\\'.repeat(50_000), 'unterminated quoted string'],
    ['open braces', '{'.repeat(100_000), "unexpected left brace '{'"],
    ['open brackets', '['.repeat(100_000), 'unexpected'],
    ['closing parentheses', ')'.repeat(100_000), "unexpected right parenthesis ')'"],
    ['commas', `a{${','.repeat(100_000)}`, 'in label matching, expected identifier or "}"'],
    ['a comment', '#'.repeat(100_000), 'no expression found in input'],
  ])('refuses %s, in few words', (_, text, message) => {
    let thrown: unknown;
    try {
      parse(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(QueryError);
    expect((thrown as QueryError).message).toContain(message);
    expect((thrown as QueryError).message.length).toBeLessThan(200);
  });
});
