// sort, sort_desc, sort_by_label, sort_by_label_desc. An instant query answers the series in the order of the
// operator's table; in a range query series are ordered by their labels whatever a function says, so there sorting
// only warns.
import { hasBit } from '../../storage/model/sample.ts';
import type { Call } from '../lang/ast.ts';
import { naturalLess } from '../math/natural.ts';
import type { Build } from './build.ts';
import { compareLabelIds, valueText } from './labels.ts';
import { type Operator, type SeriesTable, StepVector } from './operator.ts';

type Order = (table: SeriesTable) => number[];

/** One of the four. */
export function createSort(node: Call, build: Build): Operator {
  const { context, grid } = build;
  const input = build.vector(node.args[0]);
  if (context.request.startMs !== context.request.endMs)
    context.warn(
      'sort is ineffective for range queries since results are always ordered by labels',
      node.span,
    );
  if (grid.count !== 1) return input;
  const isDescending = node.func.endsWith('_desc');
  const order = node.func.startsWith('sort_by_label')
    ? byLabels(
        node.args.slice(1).map((arg) => build.string(arg)),
        isDescending,
        build,
      )
    : byValue(input, isDescending, build);
  let places: number[] | null = null;
  return {
    series() {
      const table = input.series();
      places ??= order(table);
      const at = places;
      const { dropName } = table;
      return {
        count: at.length,
        labels: (i) => table.labels(at[i]),
        dropName: dropName && Uint8Array.from(at, (i) => dropName[i]),
      };
    },
    read(i, out) {
      if (places) input.read(places[i], out);
    },
    explain: () => ({ name: node.func, inputs: [input] }),
  };
}

/** By value, NaN last either way; histograms and absent series are left out. */
function byValue(input: Operator, isDescending: boolean, { context }: Build): Order {
  return (table) => {
    const vector = new StepVector(1);
    const values = new Float64Array(table.count);
    const kept: number[] = [];
    context.countBytes(table.count * 16);
    for (let i = 0; i < table.count; i++) {
      input.read(i, vector);
      if ((vector.present && !hasBit(vector.present, 0)) || vector.histograms?.[0]) continue;
      values[i] = vector.values[0];
      kept.push(i);
    }
    const sign = isDescending ? -1 : 1;
    return kept.sort((a, b) => {
      const x = values[a];
      const y = values[b];
      if (x !== x || y !== y) return (x !== x ? 1 : 0) - (y !== y ? 1 : 0);
      return sign * (x < y ? -1 : x > y ? 1 : 0);
    });
  };
}

/** By the values of some labels in natural order, then by all labels. */
function byLabels(names: string[], isDescending: boolean, { context: { symbols } }: Build): Order {
  const ids = names.map((name) => symbols.intern(name));
  const sign = isDescending ? -1 : 1;
  return (table) => {
    const all = Array.from({ length: table.count }, (_, i) => i);
    return all.sort((a, b) => {
      for (const id of ids) {
        const x = valueText(table.labels(a), id, symbols);
        const y = valueText(table.labels(b), id, symbols);
        if (x !== y) return naturalLess(x, y) ? -sign : sign;
      }
      return sign * compareLabelIds(table.labels(a), table.labels(b), symbols);
    });
  };
}
