// `ferula test promql` as a function: what it prints and how it ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testPromql } from '../../../src/promqltest/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferula-command-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(scripts: Record<string, string>, verbose = false): { code: number; lines: string[] } {
  const paths = Object.entries(scripts).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
  const lines: string[] = [];
  const code = testPromql(paths, { print: (line) => lines.push(line.replaceAll(`${folder}/`, '')), verbose });
  return { code, lines };
}

const good = 'load 1m\n  m{a="b"} 1 2\n\neval instant at 1m m\n  m{a="b"} 2\n';

describe('testPromql()', () => {
  it('ends with the totals of all files', () => {
    const histogram = `load 1m\n  h {{schema:0 count:1}}\n\neval instant at 0 count(h)\n  {} 1\n\n${good}`;
    const { code, lines } = run({ 'good.txt': good, 'histogram.txt': histogram });
    expect(lines).toEqual([
      'good.txt: 1 passed, 0 failed, 0 skipped',
      'histogram.txt: 1 passed, 0 failed, 1 skipped',
      '2 passed, 0 failed, 1 skipped',
    ]);
    expect(code).toBe(0);
  });

  it('tells why statements are skipped when asked', () => {
    const script = 'load 1m\n  @st 0s\n  c 1 2\n\neval instant at 1m rate(c[2m])\n  {} 1\n';
    const { lines } = run({ 'start.txt': script }, true);
    expect(lines[0]).toBe('SKIPPED start.txt:5 selects series with start timestamps: rate(c[2m])');
  });

  it('shows query, expected and got of a failure', () => {
    const { code, lines } = run({ 'bad.txt': good.replace('} 2\n', '} 3\n') });
    expect(lines).toEqual([
      [
        'FAILED bad.txt:4 {__name__="m", a="b"}: 3 was expected at 60000 ms, 2 came',
        '  query:    m',
        '  expected: eval instant at 1m m',
        '            m{a="b"} 3',
        '  got:      {__name__="m", a="b"} 2 @60',
      ].join('\n'),
      'bad.txt: 0 passed, 1 failed, 0 skipped',
      '0 passed, 1 failed, 0 skipped',
    ]);
    expect(code).toBe(1);
  });

  it('goes on after a script that cannot be read', () => {
    const { code, lines } = run({ 'broken.txt': 'load x\n', 'good.txt': good });
    expect(lines[0]).toContain('broken.txt: line 1: not a duration: "x"');
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 0 skipped');
    expect(code).toBe(1);
    expect(testPromql([join(folder, 'none.txt')], { print: () => {} })).toBe(1);
  });

  it.each([
    ['a missing series', 'eval instant at 1m m\n  m{a="b"} 2\n  m{a="c"} 2\n', 'missing series'],
    ['a series too many', 'eval instant at 1m m\n', 'unexpected series'],
    ['an error that does not come', 'eval instant at 1m m\n  expect fail\n', 'expected an error'],
    ['another error', 'eval instant at 1m abs(\n  expect fail msg: no\n', 'another error'],
    ['an error', 'eval instant at 1m abs(\n', 'the query failed'],
    ['a missing warning', 'eval instant at 1m m\n  expect warn\n  m{a="b"} 2\n', 'missing warn'],
    [
      'an info that is not wanted',
      'eval instant at 1m rate(m[2m])\n  expect no_info\n  {a="b"} 0.01\n',
      'no info',
    ],
    [
      'another info',
      'eval instant at 1m rate(m[2m])\n  expect info msg: x\n  {a="b"} 0.01\n',
      'missing info',
    ],
    [
      'the order',
      'eval instant at 1m sort(m or vector(9))\n  expect ordered\n  {} 9\n  m{a="b"} 2\n',
      'number 2',
    ],
    ['a scalar', 'eval instant at 1m 1 + 1\n  3\n', 'should be 3'],
    ['a vector', 'eval instant at 1m m\n  2\n', 'a scalar was expected'],
    [
      'points of a range',
      'eval range from 0 to 1m step 1m m\n  m{a="b"} 1\n',
      '1 values were expected, 2 came',
    ],
    ['a text', 'eval instant at 1m "a"\n  expect string "b"\n', 'another text'],
  ])('notices %s', (_, statement, reason) => {
    const { lines } = run({ 'one.txt': `load 1m\n  m{a="b"} 1 2\n\n${statement}` });
    expect(lines[0]).toContain(reason);
    expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  });
});
