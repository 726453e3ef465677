// Where every series stands in the layouts of a list, kept for as long as the list stays the same: a selection of a few
// among many series then looks only its own up, and not through all layouts.
import type { Places } from './places.ts';
import { findPlaces } from './places.ts';

/** Selections of more than this share of all series go through the layouts instead, which costs no memory. */
const FEW_SHARE = 1 / 8;

/** Tells whether so many series are better looked up one by one. */
export function areFew(series: number, seriesCount: number): boolean {
  return series <= seriesCount * FEW_SHARE;
}

export class PlaceIndex {
  readonly #seriesOf: (layout: number) => Int32Array;
  #layouts: readonly number[] = [];
  #places: Places | null = null;

  /** `seriesOf`: the series of a layout, none where it is damaged. */
  constructor(seriesOf: (layout: number) => Int32Array) {
    this.#seriesOf = seriesOf;
  }

  /**
   * The places of some series in `layouts`, which are some of `all` and in its order; a place names a layout by its
   * position in `layouts`.
   */
  find(ids: Int32Array, layouts: readonly number[], all: readonly number[], seriesCount: number): Places {
    if (layouts.length === 0 || !areFew(ids.length, seriesCount))
      return findPlaces(
        ids,
        layouts.map((id) => this.#seriesOf(id)),
        seriesCount,
      );
    const known = this.#placesIn(all, seriesCount);
    const positions = positionsOf(layouts, all);
    const starts = new Int32Array(ids.length + 1);
    const layout: number[] = [];
    const slot: number[] = [];
    for (let i = 0; i < ids.length; i++) {
      // Series that came later stand in no layout of the list.
      const isKnown = ids[i] < known.starts.length - 1;
      const to = isKnown ? known.starts[ids[i] + 1] : 0;
      for (let e = isKnown ? known.starts[ids[i]] : 0; e < to; e++) {
        const position = positions[known.layout[e]];
        if (position < 0) continue;
        layout.push(position);
        slot.push(known.slot[e]);
      }
      starts[i + 1] = layout.length;
    }
    return { starts, layout: Int32Array.from(layout), slot: Int32Array.from(slot) };
  }

  /** The places of series `id` at index `id`. */
  #placesIn(all: readonly number[], seriesCount: number): Places {
    if (this.#places && sameList(this.#layouts, all)) return this.#places;
    const ids = new Int32Array(seriesCount + 1);
    for (let id = 0; id < ids.length; id++) ids[id] = id;
    const members = all.map((id) => this.#seriesOf(id));
    this.#places = findPlaces(ids, members, seriesCount);
    this.#layouts = all.slice();
    return this.#places;
  }
}

/** Position in `some` of each of `all`, -1 where it is not there. */
function positionsOf(some: readonly number[], all: readonly number[]): Int32Array {
  const positions = new Int32Array(all.length).fill(-1);
  for (let a = 0, s = 0; a < all.length && s < some.length; a++) if (all[a] === some[s]) positions[a] = s++;
  return positions;
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
