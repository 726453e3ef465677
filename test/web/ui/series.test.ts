import { describe, expect, it } from 'vitest';
import { buildFrame, largestCurves, nameOf, statsOf, valueAt } from '../../../web/ui/chart/frame.ts';
import { errorPlace } from '../../../web/ui/lib/error-place.ts';
import {
  commonLabels,
  escapeRegex,
  fillTemplate,
  hash32,
  labelsKey,
  selector,
} from '../../../web/ui/lib/labels.ts';
import { colourSlots, paletteDark, paletteLight } from '../../../web/ui/lib/palette.ts';

describe('labels', () => {
  it('are written as a selector that PromQL reads', () => {
    expect(selector({ __name__: 'up', job: 'a"b\\c\n', instance: 'x' })).toBe(
      'up{instance="x", job="a\\"b\\\\c\\n"}',
    );
    expect(selector({ __name__: 'up' })).toBe('up');
    expect(selector({})).toBe('{}');
    expect(selector({ __name__: 'my.metric', 'my label': '1' })).toBe('{"my.metric", "my label"="1"}');
  });
  it('have one key whatever their order', () => {
    expect(labelsKey({ b: '1', a: '2' })).toBe(labelsKey({ a: '2', b: '1' }));
    expect(labelsKey({ a: '1', b: '' })).not.toBe(labelsKey({ a: '1' }));
  });
  it('share what is common', () => {
    expect(
      commonLabels([
        { a: '1', b: '1' },
        { a: '1', b: '2' },
      ]),
    ).toEqual({ a: '1' });
    expect(commonLabels([{ a: '1' }])).toEqual({});
  });
  it('fill a template', () => {
    expect(fillTemplate('{{job}}: {{ code }}{{nope}}', { job: 'a', code: '200' })).toBe('a: 200');
    expect(fillTemplate('{{constructor}}', {})).toBe('');
  });
  it('are matched exactly by an escaped regular expression', () => {
    const text = 'a.b*c(d)[e]{f}^$|\\+?';
    expect(new RegExp(`^${escapeRegex(text)}$`).test(text)).toBe(true);
  });
});

describe('palette', () => {
  /** WCAG's relative luminance. */
  const luminance = (hex: string) =>
    [1, 3, 5]
      .map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255)
      .map((c) => (c <= 0.040_45 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i]!, 0);
  const contrast = (a: string, b: string) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };
  it('stands out from its background in both themes', () => {
    for (const colour of paletteLight) expect(contrast(colour, '#ffffff')).toBeGreaterThanOrEqual(3);
    for (const colour of paletteDark) expect(contrast(colour, '#1b1d20')).toBeGreaterThanOrEqual(3);
  });
  it('gives a series the same slot alone and, unless it is taken, among others', () => {
    const keys = Array.from({ length: 40 }, (_, i) => `series ${i}`);
    const alone = keys.map((key) => colourSlots([key])[0]);
    expect(alone).toEqual(keys.map((key) => hash32(key) % 12));
    expect(new Set(alone).size).toBe(12);
  });
  it('gives up to twelve series colours of their own, in whatever order they come', () => {
    const keys = Array.from({ length: 12 }, (_, i) => `s${i}`);
    const slots = colourSlots(keys);
    expect(new Set(slots).size).toBe(12);
    expect(colourSlots([...keys].reverse()).reverse()).toEqual(slots);
  });
});

describe('buildFrame()', () => {
  const grid = { start: 100, end: 130, step: 10 };
  const input = {
    letter: 'A',
    legend: '',
    shift: 0,
    series: [
      {
        metric: { __name__: 'm', job: 'a' },
        values: [
          [100, '1'],
          [120, 'NaN'],
          [130, '3'],
        ] as const,
      },
      { metric: { __name__: 'm', job: 'b' }, values: [[110, '+Inf']] as const },
    ],
  };
  it('lays samples onto the grid, with gaps and special values apart', () => {
    const frame = buildFrame([input], grid);
    expect(frame.times).toEqual([100, 110, 120, 130]);
    expect(frame.curves.map((curve) => curve.points)).toEqual([
      [1, null, null, 3],
      [null, null, null, null],
    ]);
    expect(valueAt(frame.curves[0]!, 2)).toBeNaN();
    expect(valueAt(frame.curves[0]!, 1)).toBeNull();
    expect(valueAt(frame.curves[1]!, 1)).toBe(Infinity);
    expect(frame.common).toEqual({ __name__: 'm' });
    expect(frame.curves.map((curve) => curve.name)).toEqual(['job=a', 'job=b']);
  });
  it('moves earlier samples onto the present grid, in the colour of the present curve', () => {
    const earlier = {
      ...input,
      shift: 1000,
      series: [{ metric: { __name__: 'm', job: 'a' }, values: [[-890, '7']] as const }],
    };
    const { curves } = buildFrame([input, earlier], grid);
    expect(curves[2]!.points).toEqual([null, 7, null, null]);
    expect(curves[2]!.earlier).toBe(true);
    expect(curves[2]!.slot).toBe(curves[0]!.slot);
    expect(curves[2]!.id).not.toBe(curves[0]!.id);
  });
  it('counts series that hold native histograms only', () => {
    const frame = buildFrame([{ ...input, series: [{ metric: {}, histograms: [] }] }], grid);
    expect(frame.histograms).toBe(1);
    expect(frame.curves).toEqual([]);
  });
  it('reckons over what is there', () => {
    const { curves } = buildFrame([input], grid);
    expect(statsOf(curves[0]!)).toEqual({ min: 1, avg: 2, max: 3, last: 3 });
    expect(statsOf(curves[1]!)).toBeNull();
  });
  it('keeps the series with the largest newest values, in their order', () => {
    const series = [3, 9, 1, 7].map((value) => ({
      metric: { n: String(value) },
      values: [[100, String(value)]] as const,
    }));
    const { curves } = buildFrame([{ ...input, series }], grid);
    expect(largestCurves(curves, 2).map((curve) => curve.labels.n)).toEqual(['9', '7']);
  });
  it('names series by what distinguishes them', () => {
    expect(nameOf({ __name__: 'm', b: '2', a: '1' }, {}, '')).toBe('m a=1 b=2');
    expect(nameOf({ __name__: 'm', a: '1' }, { __name__: 'm', a: '1' }, '')).toBe('');
  });
});

describe('errorPlace()', () => {
  it('finds line and column, and the word that stands there', () => {
    expect(errorPlace('sum(upp)', '1:5: parse error: x')).toEqual({ from: 4, to: 7 });
    expect(errorPlace('a +\nbb ++', 'invalid parameter "query": 2:4: parse error')).toEqual({
      from: 7,
      to: 8,
    });
    expect(errorPlace('up{', '1:4: unexpected end')).toEqual({ from: 3, to: 3 });
    expect(errorPlace('up', 'query timed out')).toBeNull();
    expect(errorPlace('up', '7:1: nonsense')).toBeNull();
  });
});
