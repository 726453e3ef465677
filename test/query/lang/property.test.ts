// Laws over generated expressions: what is printed can be read, and reads as the same text; formatting changes nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Expr } from '../../../query/lang/ast.ts';
import { parse } from '../../../query/lang/parse.ts';
import { pretty } from '../../../query/lang/pretty.ts';
import { print } from '../../../query/lang/print.ts';
import { quote } from '../../../query/lang/quote.ts';
import { QueryError } from '../../../query/result.ts';

const name = fc.constantFrom('a', 'up', 'job:x:sum5m', 'sum', 'offset', 'fill', 'by', 'or');
const label = fc.constantFrom('a', 'job', 'on', '"a.b"', '"é"');
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' })).map((s) => quote(s.toWellFormed()));
const duration = fc.oneof(
  fc.integer({ min: 1, max: 1e10 }).map((ms) => `${ms}ms`),
  fc.constantFrom(
    '5m',
    '1h30m',
    '90',
    'step()',
    '(step() + 1m) * 2',
    'min_of(range(), -1s ^ 2)',
    '-(1m - 1h)',
  ),
);
const matcher = fc
  .tuple(label, fc.constantFrom('=', '!='), text)
  .map(([l, op, value]) => `${l}${op}${value}`);
const at = fc.constantFrom(
  '',
  ' @ 12.5',
  ' @ start()',
  ' @ end()',
  ' offset 5m',
  ' @ -3 offset -1h',
  ' offset step()',
);
const selector = fc
  .tuple(name, fc.array(matcher, { maxLength: 3 }), fc.constantFrom('', ' anchored', ' smoothed'), at)
  .map(([n, list, edges, mods]) => `${n}{${list.join(', ')}}${edges}${mods}`);
const range = fc.tuple(name, duration, at).map(([n, d, mods]) => `${n}[${d}]${mods}`);
const number = fc.oneof(
  fc.double({ min: 0 }).map((v) => (v === Infinity ? 'Inf' : String(v))),
  fc.constantFrom('NaN', '0x1f', '1_000', '5m', '010'),
);
const modifiers = fc.constantFrom(
  '',
  'on () ',
  'on (a, "b.c") ',
  'ignoring (a) ',
  'on (a) group_left ',
  'ignoring (a) group_right (b) ',
  'fill (-1) ',
  'on (a) group_left (c) fill_right (2) ',
);

const { vector, scalar } = fc.letrec<{ vector: string; scalar: string }>((tie) => {
  const v = tie('vector');
  const s = tie('scalar');
  return {
    vector: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      selector,
      fc
        .tuple(v, fc.constantFrom('+', '-', '*', '/', '%', '^', 'atan2', '>', '== bool', '</'), modifiers, v)
        .map(([l, op, mods, r]) => `${l} ${op} ${mods}${r}`),
      fc.tuple(v, fc.constantFrom('and', 'or', 'unless'), v).map(([l, op, r]) => `${l} ${op} ${r}`),
      fc.tuple(s, fc.constantFrom('+', '^', '<'), v).map(([l, op, r]) => `${l} ${op} ${r}`),
      v.map((x) => `-${x}`),
      v.map((x) => `(${x})`),
      fc
        .tuple(fc.constantFrom('sum', 'max by (a)', 'count without ("b c")'), v)
        .map(([op, x]) => `${op} (${x})`),
      fc.tuple(s, v).map(([k, x]) => `topk(${k}, ${x})`),
      fc.tuple(v, text).map(([x, value]) => `label_join(${x}, "a", ${value})`),
      range.map((r) => `rate(${r})`),
      fc
        .tuple(v, duration, duration, at)
        .map(([x, d, st, mods]) => `avg_over_time((${x})[${d}:${st}]${mods})`),
    ),
    scalar: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      number,
      fc.tuple(s, fc.constantFrom('+', '-', '*', '^', '<= bool'), s).map(([l, op, r]) => `${l} ${op} ${r}`),
      s.map((x) => `-${x}`),
      s.map((x) => `(${x})`),
      v.map((x) => `scalar(${x})`),
      fc.constant('time()'),
    ),
  };
});

/** Parses what a generator made; what the language refuses (a mixed tree that lost its types) is left out. */
function parsed(query: string): Expr {
  try {
    return parse(query);
  } catch (error) {
    fc.pre(!(error instanceof QueryError));
    throw error;
  }
}

describe('generated expressions', () => {
  it('are mostly valid', () => {
    const valid = fc.sample(vector, { numRuns: 300, seed: 7 }).filter((query) => {
      try {
        return parse(query) !== null;
      } catch {
        return false;
      }
    });
    expect(valid.length).toBeGreaterThan(200);
  });

  it('print to a text that prints as itself', () => {
    fc.assert(
      fc.property(fc.oneof(vector, scalar), (query) => {
        const printed = print(parsed(query));
        expect(print(parse(printed))).toBe(printed);
      }),
      { numRuns: 500 },
    );
  });

  it('mean the same after formatting, and format as themselves', () => {
    fc.assert(
      fc.property(fc.oneof(vector, scalar), (query) => {
        const expr = parsed(query);
        const formatted = pretty(expr);
        expect(print(parse(formatted))).toBe(print(expr));
        expect(pretty(parse(formatted))).toBe(formatted);
      }),
      { numRuns: 300 },
    );
  });

  it('hold spans that read as themselves', () => {
    fc.assert(
      fc.property(vector, (query) => {
        const expr = parsed(query);
        expect(expr.span).toEqual({ start: 0, end: query.length });
      }),
    );
  });
});

describe('any text', () => {
  const pieces = fc.constantFrom(
    ...'( ) { } [ ] , : = != =~ !~ + - ^ @ offset by on bool and sum rate up 5m 3 "x" step start fill # ~ $ " \n'.split(
      ' ',
    ),
  );
  it('gives a tree or a QueryError with a place', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 30 }).map((p) => p.join(' ')),
        ),
        (query) => {
          try {
            parse(query);
          } catch (error) {
            expect(error).toBeInstanceOf(QueryError);
            expect((error as QueryError).message).toMatch(/^\d+:\d+: parse error: ./);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
