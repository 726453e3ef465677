import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attachTargetLabels, createLabelAttacher } from '../../../src/scrape/series-labels.ts';
import { compareText, labelsFromObject, labelsToObject } from '../../../storage/model/labels.ts';

const target = ['instance', 'host:1', 'job', 'j'];

function attach(scraped: Record<string, string>, honor: boolean): Record<string, string> {
  const texts = Object.entries({ __name__: 'm', ...scraped }).flat();
  const { __name__: _, ...rest } = labelsToObject(attachTargetLabels(texts, target, honor));
  return rest;
}

describe('attachTargetLabels', () => {
  it.each<[scraped: Record<string, string>, honor: boolean, labels: Record<string, string>]>([
    [{}, false, { instance: 'host:1', job: 'j' }],
    [{ a: '1', z: '2' }, false, { a: '1', instance: 'host:1', job: 'j', z: '2' }],
    [{ a: '' }, false, { instance: 'host:1', job: 'j' }],
    [{ job: 'x' }, false, { exported_job: 'x', instance: 'host:1', job: 'j' }],
    [{ job: 'x' }, true, { instance: 'host:1', job: 'x' }],
    [{ job: '' }, false, { instance: 'host:1', job: 'j' }],
    [{ job: '' }, true, { instance: 'host:1' }],
    [
      { job: 'x', exported_job: 'y' },
      false,
      { exported_exported_job: 'x', exported_job: 'y', instance: 'host:1', job: 'j' },
    ],
    [
      { job: 'x', instance: 'y' },
      false,
      { exported_instance: 'y', exported_job: 'x', instance: 'host:1', job: 'j' },
    ],
  ])('of %j with honor_labels %j gives %j', (scraped, honor, labels) => {
    expect(attach(scraped, honor)).toEqual(labels);
  });

  it('renames both where a target has a label and its exported form', () => {
    const labels = attachTargetLabels(
      ['__name__', 'm', 'a', '1', 'exported_a', '2'],
      ['a', 'x', 'exported_a', 'y'],
      false,
    );
    expect(labelsToObject(labels)).toEqual({
      __name__: 'm',
      a: 'x',
      exported_a: 'y',
      exported_exported_a: '1',
      exported_exported_exported_a: '2',
    });
  });

  it('refuses a label name twice', () => {
    expect(() => attachTargetLabels(['__name__', 'm', 'a', '1', 'a', '1'], target, false)).toThrow(
      'label name "a" is not unique',
    );
  });

  it('gives sorted labels without empty values, for any labels', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'B', '_', 'é', '😀', '￿'),
      minLength: 1,
      maxLength: 3,
    });
    const set = fc.dictionary(name, fc.constantFrom('', '1', '2'), { maxKeys: 6 });
    fc.assert(
      fc.property(set, set, (scraped, own) => {
        const texts = Object.entries(scraped).flat();
        const labels = attachTargetLabels(['__name__', 'm', ...texts], labelsFromObject(own), false);
        for (let i = 0; i < labels.length; i += 2) {
          if (i > 0) expect(compareText(labels[i - 2], labels[i])).toBeLessThan(0);
          expect(labels[i + 1]).not.toBe('');
        }
        const expected = { ...scraped, ...labelsToObject(labelsFromObject(own)), __name__: 'm' };
        expect(labelsToObject(labels)).toMatchObject(labelsToObject(labelsFromObject(expected)));
      }),
    );
  });
});

describe('createLabelAttacher', () => {
  it('gives for series after series what attachTargetLabels gives', () => {
    const name = fc.constantFrom('a', 'b', 'instance', 'exported_job', 'job', 'z');
    const pairs = fc.uniqueArray(fc.tuple(name, fc.constantFrom('', '1', 'x')), { selector: ([key]) => key });
    const own = fc.uniqueArray(fc.tuple(name, fc.constantFrom('1', 'job')), { selector: ([key]) => key });
    fc.assert(
      fc.property(
        fc.array(pairs, { minLength: 1, maxLength: 12 }),
        own,
        fc.boolean(),
        (series, target, honor) => {
          const labels = labelsFromObject(Object.fromEntries(target));
          const attach = createLabelAttacher(labels, honor);
          for (const one of [...series, ...series]) {
            const texts = ['__name__', 'm', ...one.flat()];
            expect(attach(texts.slice())).toEqual(attachTargetLabels(texts, labels, honor));
          }
        },
      ),
    );
  });
});
