// Relabelling: every action, on small label sets.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of Go, not of JavaScript
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RelabelRule } from '../../src/config/config.ts';
import { compileRelabel, relabelSteps } from '../../src/relabel.ts';
import { labelsFromObject, labelsToObject } from '../../storage/model/labels.ts';

const DEFAULTS: RelabelRule = {
  action: 'replace',
  sourceLabels: [],
  separator: ';',
  regex: '(.*)',
  modulus: 0,
  targetLabel: '',
  replacement: '$1',
};

type Labels = Record<string, string>;

function apply(labels: Labels, ...rules: Partial<RelabelRule>[]): Labels | null {
  const complete = rules.map((rule) => ({ ...DEFAULTS, ...rule }));
  const result = compileRelabel(complete)(labelsFromObject(labels));
  return result && { ...labelsToObject(result) };
}

describe('replace', () => {
  const cases: [name: string, rule: Partial<RelabelRule>, expected: Labels][] = [
    ['copies', { sourceLabels: ['a'], targetLabel: 'd' }, { a: 'foo', b: 'bar', d: 'foo' }],
    ['joins', { sourceLabels: ['a', 'b'], targetLabel: 'd' }, { a: 'foo', b: 'bar', d: 'foo;bar' }],
    [
      'joins with a separator',
      { sourceLabels: ['a', 'x', 'b'], separator: '-', targetLabel: 'd' },
      { a: 'foo', b: 'bar', d: 'foo--bar' },
    ],
    ['writes a constant', { targetLabel: 'd', replacement: 'v' }, { a: 'foo', b: 'bar', d: 'v' }],
    [
      'uses groups',
      { sourceLabels: ['a'], regex: 'f(o)(.)', targetLabel: 'd', replacement: '$2-${1}-$0' },
      { a: 'foo', b: 'bar', d: 'o-o-foo' },
    ],
    [
      'uses names',
      { sourceLabels: ['a'], regex: '(?P<x>f).*', targetLabel: 'd', replacement: '$x${x}' },
      { a: 'foo', b: 'bar', d: 'ff' },
    ],
    [
      'is anchored',
      { sourceLabels: ['a'], regex: 'o', targetLabel: 'd', replacement: 'v' },
      { a: 'foo', b: 'bar' },
    ],
    [
      'alternatives are anchored too',
      { sourceLabels: ['a'], regex: 'f|o', targetLabel: 'd', replacement: 'v' },
      { a: 'foo', b: 'bar' },
    ],
    ['an empty result deletes', { sourceLabels: ['x'], targetLabel: 'a' }, { b: 'bar' }],
    ['an empty constant deletes', { targetLabel: 'a', replacement: '' }, { b: 'bar' }],
    [
      'expands the target',
      { sourceLabels: ['a'], regex: '(f).*', targetLabel: '${1}_x', replacement: 'v' },
      { a: 'foo', b: 'bar', f_x: 'v' },
    ],
    [
      'an empty target does nothing',
      { sourceLabels: ['a'], regex: '(x)?foo', targetLabel: '${1}', replacement: 'v' },
      { a: 'foo', b: 'bar' },
    ],
    [
      'a bare name is as long as can be',
      { sourceLabels: ['a'], targetLabel: 'd', replacement: '$1x' },
      { a: 'foo', b: 'bar' },
    ],
    [
      'braces end a name',
      { sourceLabels: ['a'], targetLabel: 'd', replacement: '${1}x' },
      { a: 'foo', b: 'bar', d: 'foox' },
    ],
    [
      '$$ is a dollar, a lone one stays',
      { sourceLabels: ['a'], targetLabel: 'd', replacement: '$$1 $ ${ $-' },
      { a: 'foo', b: 'bar', d: '$1 $ ${ $-' },
    ],
    [
      'a group that is not there is empty',
      { sourceLabels: ['a'], targetLabel: 'd', replacement: '[$7$y]' },
      { a: 'foo', b: 'bar', d: '[]' },
    ],
  ];
  it.each(cases)('%s', (_, rule, expected) => {
    expect(apply({ a: 'foo', b: 'bar' }, rule)).toEqual(expected);
  });

  it('matches across lines', () => {
    expect(
      apply({ a: 'x\ny' }, { sourceLabels: ['a'], regex: 'x.y', targetLabel: 'b', replacement: 'v' }),
    ).toEqual({ a: 'x\ny', b: 'v' });
  });
});

describe('keep and drop', () => {
  const labels = { a: 'foo', b: 'bar', c: 'foo' };
  const cases: [name: string, rule: Partial<RelabelRule>, kept: boolean][] = [
    ['keep, a match', { action: 'keep', sourceLabels: ['a'], regex: 'f.*' }, true],
    ['keep, none', { action: 'keep', sourceLabels: ['a'], regex: 'o' }, false],
    ['drop, a match', { action: 'drop', sourceLabels: ['a', 'b'], regex: 'foo;bar' }, false],
    ['drop, none', { action: 'drop', sourceLabels: ['x'], regex: '.+' }, true],
    ['keepequal, equal', { action: 'keepequal', sourceLabels: ['a'], targetLabel: 'c' }, true],
    ['keepequal, not', { action: 'keepequal', sourceLabels: ['a'], targetLabel: 'b' }, false],
    ['dropequal, equal', { action: 'dropequal', sourceLabels: ['a'], targetLabel: 'c' }, false],
    ['dropequal, not', { action: 'dropequal', sourceLabels: ['a'], targetLabel: 'b' }, true],
    ['dropequal, both absent', { action: 'dropequal', sourceLabels: ['x'], targetLabel: 'y' }, false],
  ];
  it.each(cases)('%s', (_, rule, kept) => {
    expect(apply(labels, rule)).toEqual(kept ? labels : null);
  });
});

describe('hashmod', () => {
  // Shards of Prometheus itself: the last eight bytes of the MD5 sum.
  const cases: [value: string, modulus: number, expected: string][] = [
    ['baz', 1000, '976'],
    ['foo\nbar', 1000, '734'],
  ];
  it.each(cases)('%j modulo %i', (value, modulus, expected) => {
    const rule: Partial<RelabelRule> = { action: 'hashmod', sourceLabels: ['c'], modulus, targetLabel: 'd' };
    expect(apply({ c: value }, rule)).toEqual({ c: value, d: expected });
  });

  it('is the last eight bytes, big endian, for any text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 2 ** 40 }), (value, modulus) => {
        const hex = createHash('md5').update(value, 'utf8').digest('hex').slice(16);
        const expected = String(BigInt(`0x${hex}`) % BigInt(modulus));
        expect(
          apply({ c: value }, { action: 'hashmod', sourceLabels: ['c'], modulus, targetLabel: 'd' })?.d,
        ).toBe(expected);
      }),
    );
  });
});

describe('names of labels', () => {
  const meta = { a: 'foo', __meta_x: 'one', __meta_y: 'two' };
  const cases: [name: string, rule: Partial<RelabelRule>, expected: Labels][] = [
    ['labelmap', { action: 'labelmap', regex: '__meta_(.+)' }, { ...meta, x: 'one', y: 'two' }],
    [
      'labelmap with a replacement',
      { action: 'labelmap', regex: '__meta_(x)', replacement: 'my_$1' },
      { ...meta, my_x: 'one' },
    ],
    ['labelmap is anchored', { action: 'labelmap', regex: 'meta_(.)' }, meta],
    ['labeldrop', { action: 'labeldrop', regex: '__meta_.*' }, { a: 'foo' }],
    ['labelkeep', { action: 'labelkeep', regex: 'a|__meta_y' }, { a: 'foo', __meta_y: 'two' }],
  ];
  it.each(cases)('%s', (_, rule, expected) => {
    expect(apply(meta, rule)).toEqual(expected);
  });
});

describe('lowercase and uppercase', () => {
  it('change the joined source', () => {
    const labels = { a: 'bAr', b: 'É' };
    expect(
      apply(labels, { action: 'lowercase', sourceLabels: ['a', 'b'], separator: '', targetLabel: 'c' }),
    ).toEqual({ ...labels, c: 'baré' });
    expect(apply(labels, { action: 'uppercase', sourceLabels: ['a'], targetLabel: 'a' })).toEqual({
      ...labels,
      a: 'BAR',
    });
  });
});

describe('lists of rules', () => {
  const rules: Partial<RelabelRule>[] = [
    { sourceLabels: ['__address__'], regex: '([^:]+):.*', targetLabel: 'host' },
    { action: 'drop', sourceLabels: ['host'], regex: 'b' },
    { action: 'labeldrop', regex: '__.*' },
  ];

  it('each sees what the one before left', () => {
    expect(apply({ __address__: 'a:1' }, ...rules)).toEqual({ host: 'a' });
    expect(apply({ __address__: 'b:1' }, ...rules)).toBeNull();
  });

  it('no rule changes nothing', () => {
    const labels = ['a', 'b'];
    expect(compileRelabel([])(labels)).toBe(labels);
  });

  it('leave labels sorted', () => {
    expect(compileRelabel([{ ...DEFAULTS, sourceLabels: ['b'], targetLabel: 'a' }])(['b', '1'])).toEqual([
      'a',
      '1',
      'b',
      '1',
    ]);
  });

  it('can be followed step by step', () => {
    const complete = rules.map((rule) => ({ ...DEFAULTS, ...rule }));
    expect(relabelSteps(['__address__', 'b:1'], complete)).toEqual([
      { rule: complete[0], output: ['__address__', 'b:1', 'host', 'b'], keep: true },
      { rule: complete[1], output: [], keep: false },
    ]);
    expect(relabelSteps(['__address__', 'a:1'], complete)).toHaveLength(3);
  });
});
