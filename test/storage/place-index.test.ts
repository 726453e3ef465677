import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlaceIndex } from '../../storage/place-index.ts';
import { findPlaces } from '../../storage/places.ts';

const SERIES = 80;
const anyLayouts = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: SERIES }), { maxLength: 40 }), {
  maxLength: 8,
});
const anySelection = fc.uniqueArray(fc.integer({ min: 1, max: SERIES }), { maxLength: 20 });

describe('an index of places', () => {
  it('answers what looking through the layouts does', () => {
    fc.assert(
      fc.property(anyLayouts, fc.array(anySelection), fc.nat(255), (members, selections, chosen) => {
        const layouts = members.map((ids) => Int32Array.from(ids));
        const all = layouts.map((_, l) => 10 + 3 * l);
        const index = new PlaceIndex((id) => layouts[(id - 10) / 3]);
        for (const selection of selections) {
          const ids = Int32Array.from(selection);
          const some = all.filter((_, l) => (chosen & (1 << l)) !== 0);
          const expected = findPlaces(
            ids,
            some.map((id) => layouts[(id - 10) / 3]),
            SERIES,
          );
          expect(index.find(ids, some, all, SERIES)).toEqual(expected);
        }
      }),
    );
  });

  it('sees layouts and series that came since', () => {
    const layouts = [Int32Array.of(3, 1), Int32Array.of(90, 3)];
    const index = new PlaceIndex((id) => layouts[id]);
    const ids = Int32Array.of(1, 3, 90);
    expect(index.find(ids, [0], [0], 80).starts).toEqual(Int32Array.of(0, 1, 2, 2));
    const { starts, layout, slot } = index.find(ids, [0, 1], [0, 1], 100);
    expect(starts).toEqual(Int32Array.of(0, 1, 3, 4));
    expect(layout).toEqual(Int32Array.of(0, 0, 1, 1));
    expect(slot).toEqual(Int32Array.of(1, 0, 1, 0));
  });
});
