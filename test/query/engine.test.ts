import { describe, expect, it } from 'vitest';
import { createEngine } from '../../query/engine.ts';
import { QueryError } from '../../query/result.ts';
import { MemorySource } from '../support/memory-source.ts';
import { ask, askError, OPTIONS, run } from './exec/ask.ts';

const source = new MemorySource().load(60_000, 'm{a="2"} 1 2\nm{a="1"} 3 4\nn 5 6');

describe('engine', () => {
  it('answers instant queries in the order of the source, range queries by labels', () => {
    expect(ask(source, 'm', 0)).toEqual(['m{a="2"} 1', 'm{a="1"} 3']);
    expect(ask(source, 'm', [0, 1, 1])).toEqual(['m{a="1"} 3 4', 'm{a="2"} 1 2']);
    expect(ask(source, 'sort(m)', 0)).toEqual(['m{a="2"} 1', 'm{a="1"} 3']);
    expect(ask(source, 'sort_desc(m)', 0)).toEqual(['m{a="1"} 3', 'm{a="2"} 1']);
  });

  it('leaves out series without any value', () => {
    expect(ask(source, 'm > 2', [0, 1, 1])).toEqual(['m{a="1"} 3 4']);
  });

  it('knows durations that depend on the query', () => {
    expect(ask(source, 'count_over_time(n[step()])', [0, 1, 1])).toEqual(['{} 1 1']);
    expect(ask(source, 'n offset (range() / 2)', [1, 3, 1])).toEqual(['n 5 6 6']);
  });

  it('names the place of what is wrong', () => {
    try {
      run(source, 'sum(\n  m[5m])', 0);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(QueryError);
      expect(error).toMatchObject({ kind: 'parse', line: 2, column: 3 });
    }
    expect(askError(source, 'm{a=~"("}', 0)).toMatch(/^parse: .*error parsing regexp/);
  });

  it('refuses experimental parts where it is strict', () => {
    const strict = { features: { ...OPTIONS.features, strict: true } };
    expect(askError(source, 'limitk(1, m)', 0, strict)).toMatch(/^parse: .*limitk/);
    expect(ask(source, 'limitk(1, m)', 0)).toEqual(['m{a="2"} 1']);
  });

  it.each([
    ['1+1+…', Array(5000).fill('1').join('+')],
    ['m+m+…', Array(3000).fill('n').join('+')],
    ['((((…', `${'('.repeat(3000)}1${')'.repeat(3000)}`],
    ['- - -…', `${'-'.repeat(20_000)}1`],
    ['abs(abs(…', `${'abs('.repeat(2000)}n${')'.repeat(2000)}`],
  ])('answers %s or says that it is too deep', (_, query) => {
    try {
      expect(ask(source, query, 0)).toHaveLength(1);
    } catch (error) {
      expect(error).toBeInstanceOf(QueryError);
    }
    expect(ask(source, 'n', 0)).toEqual(['n 5']);
  });

  it('bounds what a query may keep', () => {
    const many = new MemorySource();
    for (let i = 0; i < 2000; i++) many.load(60_000, `m{i="${i}"} ${i}`);
    const little = { maxMemoryBytes: 200_000 };
    for (const query of ['count_values("v", m)', 'm', 'm * on() group_left m'])
      expect(askError(many, query, 0, little)).toMatch(/^(limit|execution): /);
    expect(ask(many, 'count(m)', 0, little)).toEqual(['{} 2000']);
  });

  it('keeps nothing between queries', () => {
    const engine = createEngine(OPTIONS);
    const request = { query: 'sum(m)', startMs: 0, endMs: 0, stepMs: 0 };
    expect(engine.run(source, request).value).toEqual(engine.run(source, request).value);
  });
});
