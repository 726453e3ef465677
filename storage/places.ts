// Where the series of a selection stand in layouts.

/** Series i of the selection has the entries `starts[i] … starts[i + 1] - 1`: a layout, and its slot there. */
export interface Places {
  readonly starts: Int32Array;
  readonly layout: Int32Array;
  readonly slot: Int32Array;
}

/** `layouts[l]` are the series of layout l. */
export function findPlaces(ids: Int32Array, layouts: readonly Int32Array[], seriesCount: number): Places {
  const starts = new Int32Array(ids.length + 1);
  if (layouts.length === 0) return { starts, layout: new Int32Array(0), slot: new Int32Array(0) };
  const indexOfId = new Int32Array(seriesCount + 1).fill(-1);
  for (let i = 0; i < ids.length; i++) indexOfId[ids[i]] = i;
  for (const seriesIds of layouts)
    for (let s = 0; s < seriesIds.length; s++) {
      const i = indexOfId[seriesIds[s]];
      if (i >= 0) starts[i + 1]++;
    }
  for (let i = 0; i < ids.length; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  const layout = new Int32Array(starts[ids.length]);
  const slot = new Int32Array(starts[ids.length]);
  for (let l = 0; l < layouts.length; l++) {
    const seriesIds = layouts[l];
    for (let s = 0; s < seriesIds.length; s++) {
      const i = indexOfId[seriesIds[s]];
      if (i < 0) continue;
      layout[next[i]] = l;
      slot[next[i]++] = s;
    }
  }
  return { starts, layout, slot };
}
