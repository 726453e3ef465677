// What two sides of a binary operator are matched by: the labels of `on(…)`, or all but the metric name and those of
// `ignoring(…)`. Equal signatures have equal numbers on both sides.
import { METRIC_NAME } from '../../storage/model/labels.ts';
import type { VectorMatching } from '../lang/ast.ts';
import type { QueryContext } from './context.ts';
import { dropLabels, keepLabels, LabelSets, nameIds } from './labels.ts';
import type { SeriesTable } from './operator.ts';

/** The labels of a series that take part in matching. */
export function signatureOf(
  matching: VectorMatching,
  context: QueryContext,
): (labels: Int32Array) => Int32Array {
  const { symbols } = context;
  if (matching.on) {
    const names = nameIds(matching.labels, symbols);
    return (labels) => keepLabels(labels, names);
  }
  const names = nameIds([METRIC_NAME, ...matching.labels], symbols);
  return (labels) => dropLabels(labels, names);
}

/** Signatures of two tables. */
export interface Signatures {
  readonly count: number;
  /** Signature by series. */
  readonly ofLeft: Int32Array;
  readonly ofRight: Int32Array;
}

export function signTables(
  left: SeriesTable,
  right: SeriesTable,
  matching: VectorMatching,
  context: QueryContext,
): Signatures {
  const sets = new LabelSets();
  const labelsOf = signatureOf(matching, context);
  const sign = (table: SeriesTable): Int32Array => {
    context.countBytes(table.count * 24);
    const of = new Int32Array(table.count);
    for (let i = 0; i < table.count; i++) {
      of[i] = sets.add(labelsOf(table.labels(i)));
      context.tick(16);
    }
    return of;
  };
  const ofLeft = sign(left);
  const ofRight = sign(right);
  return { count: sets.count, ofLeft, ofRight };
}
