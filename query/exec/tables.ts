// Tables of series made of other tables: some of their series, or those of two.
import type { SeriesTable } from './operator.ts';

/** Some series of a table. */
export function pickSeries(table: SeriesTable, picked: Int32Array): SeriesTable {
  const { dropName } = table;
  return {
    count: picked.length,
    labels: (i) => table.labels(picked[i]),
    dropName: dropName && Uint8Array.from(picked, (i) => dropName[i]),
  };
}

/** The series of two tables, one after the other. */
export function joinTables(left: SeriesTable, right: SeriesTable): SeriesTable {
  const count = left.count + right.count;
  let dropName: Uint8Array | null = null;
  if (left.dropName || right.dropName) {
    dropName = new Uint8Array(count);
    if (left.dropName) dropName.set(left.dropName);
    if (right.dropName) dropName.set(right.dropName, left.count);
  }
  return { count, labels: (i) => (i < left.count ? left.labels(i) : right.labels(i - left.count)), dropName };
}
