// From a call to its operator: the table of all functions. A new function is a line in lang/signatures.ts, an
// implementation and a line here.
import type { Call } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import { createAbsent, createAbsentRange } from './fn-absent.ts';
import {
  createHistogramFraction,
  createHistogramQuantile,
  createHistogramQuantiles,
  createNativeOnly,
} from './fn-histogram.ts';
import { createInfo } from './fn-info.ts';
import {
  createCalendar,
  createClamp,
  createRound,
  createTimestamp,
  createUnaryFunction,
  isUnaryFunction,
} from './fn-instant.ts';
import { createLabelJoin, createLabelReplace } from './fn-labels.ts';
import { createChoice, createConstant, createScalar, createTime, createVector } from './fn-scalar.ts';
import { createSort } from './fn-sort.ts';
import type { Operator, ScalarOperator } from './operator.ts';
import { createRangeFunction, isRangeFunction } from './range.ts';

type Create = (node: Call, build: Build) => Operator | ScalarOperator;

/** Functions that belong to no family. */
const functions: Readonly<Record<string, Create>> = {
  absent: createAbsent,
  absent_over_time: createAbsentRange,
  clamp: createClamp,
  clamp_max: createClamp,
  clamp_min: createClamp,
  day_of_month: createCalendar,
  day_of_week: createCalendar,
  day_of_year: createCalendar,
  days_in_month: createCalendar,
  end: createConstant,
  histogram_avg: createNativeOnly,
  histogram_count: createNativeOnly,
  histogram_fraction: createHistogramFraction,
  histogram_quantile: createHistogramQuantile,
  histogram_quantiles: createHistogramQuantiles,
  histogram_stddev: createNativeOnly,
  histogram_stdvar: createNativeOnly,
  histogram_sum: createNativeOnly,
  hour: createCalendar,
  info: createInfo,
  label_join: createLabelJoin,
  label_replace: createLabelReplace,
  max_of: createChoice,
  min_of: createChoice,
  minute: createCalendar,
  month: createCalendar,
  pi: createConstant,
  range: createConstant,
  round: createRound,
  scalar: createScalar,
  sort: createSort,
  sort_by_label: createSort,
  sort_by_label_desc: createSort,
  sort_desc: createSort,
  start: createConstant,
  // Start timestamps are not stored yet, and a series without them has no answer.
  start_timestamp: createNativeOnly,
  step: createConstant,
  time: (_, build) => createTime(build),
  timestamp: createTimestamp,
  vector: createVector,
  year: createCalendar,
};

/**
 * The operator of a call; its arguments are checked by now.
 * @throws QueryError `execution` where an argument's value cannot be used
 */
export function buildCall(node: Call, build: Build, _context: QueryContext): Operator | ScalarOperator {
  const { func } = node;
  if (isRangeFunction(func)) return createRangeFunction(node, build);
  if (isUnaryFunction(func)) return createUnaryFunction(node, build);
  if (Object.hasOwn(functions, func)) return functions[func](node, build);
  throw new QueryError('not_implemented', `function ${func} is not implemented`);
}
