import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuerySymbols } from '../../../query/exec/context.ts';
import { xxh64 } from '../../../query/exec/label-hash.ts';
import {
  compareLabelIds,
  dropLabels,
  equalLabels,
  hashLabels,
  keepLabels,
  LabelSets,
  labelTexts,
  showLabels,
  valueText,
  withLabel,
} from '../../../query/exec/labels.ts';
import { compareLabels, labelsFromObject } from '../../../storage/model/labels.ts';

const symbols = new QuerySymbols({ text: () => '', find: () => -1 });
const ids = (object: Record<string, string>): Int32Array =>
  Int32Array.from(labelsFromObject(object), (text) => symbols.intern(text));
const id = (text: string): number => symbols.intern(text);

describe('label sets of symbol ids', () => {
  it('keep, drop and set labels', () => {
    const set = ids({ __name__: 'm', a: '1', b: '2' });
    expect(labelTexts(keepLabels(set, Int32Array.of(id('b'), id('zz'))), symbols)).toEqual(['b', '2']);
    expect(labelTexts(dropLabels(set, Int32Array.of(id('a'))), symbols)).toEqual(['__name__', 'm', 'b', '2']);
    expect(dropLabels(set, Int32Array.of(id('zz')))).toBe(set);
    expect(labelTexts(withLabel(set, id('ab'), id('x'), symbols), symbols)).toEqual([
      '__name__',
      'm',
      'a',
      '1',
      'ab',
      'x',
      'b',
      '2',
    ]);
    expect(labelTexts(withLabel(set, id('a'), id('9'), symbols), symbols)).toEqual([
      '__name__',
      'm',
      'a',
      '9',
      'b',
      '2',
    ]);
    expect(labelTexts(withLabel(set, id('a'), id(''), symbols), symbols)).toEqual([
      '__name__',
      'm',
      'b',
      '2',
    ]);
    expect(withLabel(set, id('zz'), -1, symbols)).toBe(set);
    expect(valueText(set, id('b'), symbols)).toBe('2');
    expect(valueText(set, id('zz'), symbols)).toBe('');
    expect(showLabels(set, symbols)).toBe('{__name__="m", a="1", b="2"}');
  });

  it('are numbered in the order of first appearance', () => {
    const sets = new LabelSets();
    for (let i = 0; i < 1000; i++) expect(sets.add(ids({ n: String(i) }))).toBe(i);
    for (let i = 0; i < 1000; i++) expect(sets.add(ids({ n: String(i) }))).toBe(i);
    expect(sets.count).toBe(1000);
  });

  it('compare as their texts do', () => {
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(object, object, (x, y) => {
        const [a, b] = [ids(x), ids(y)];
        const order = Math.sign(compareLabels(labelsFromObject(x), labelsFromObject(y)));
        expect(Math.sign(compareLabelIds(a, b, symbols))).toBe(order);
        expect(equalLabels(a, b)).toBe(order === 0);
        if (order === 0) expect(hashLabels(a)).toBe(hashLabels(b));
      }),
    );
  });
});

describe('xxh64', () => {
  it.each([
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ])('of "%s"', (text, hash) => {
    expect(xxh64(new TextEncoder().encode(text)).toString(16)).toBe(hash);
  });
});
