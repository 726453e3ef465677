// Functions that make a value of each value: arithmetic of one number, clamp and round, calendar fields, timestamp().
// Histograms are passed over. The metric name goes, since the result is another metric.
import { clearBit } from '../../storage/model/sample.ts';
import type { Call, Expr } from '../lang/ast.ts';
import { clamp, roundTo, type Unary, unaryFunctions } from '../math/instant.ts';
import { type CalendarField, calendarField } from '../math/time.ts';
import type { Build } from './build.ts';
import { dropNames, mergeEqual } from './distinct.ts';
import { NO_LABELS } from './labels.ts';
import type { Operator, StepVector } from './operator.ts';
import { clearAbsent, fullMask, intersect } from './presence.ts';

/** Whether `name` is a function of one value and nothing else. */
export function isUnaryFunction(name: string): boolean {
  return Object.hasOwn(unaryFunctions, name);
}

/** abs, ceil, sin … */
export function createUnaryFunction(node: Call, build: Build): Operator {
  const f = unaryFunctions[node.func];
  return eachValue(node, build, node.args[0], (values, steps) => applyTo(values, steps, f));
}

function applyTo(values: Float64Array, steps: number, f: Unary): void {
  for (let k = 0; k < steps; k++) values[k] = f(values[k]);
}

/** clamp, clamp_min, clamp_max. No value at steps where the upper bound is below the lower one. */
export function createClamp(node: Call, build: Build): Operator {
  const { count } = build.grid;
  const least = new Float64Array(count).fill(-Infinity);
  const most = new Float64Array(count).fill(Infinity);
  const bounds = node.args.slice(1).map((arg) => build.scalar(arg));
  const targets = node.func === 'clamp' ? [least, most] : node.func === 'clamp_min' ? [least] : [most];
  let allowed: Uint32Array | null | undefined;
  const prepare = (): Uint32Array | null => {
    if (allowed !== undefined) return allowed;
    for (let i = 0; i < bounds.length; i++) bounds[i].readScalar(targets[i]);
    const mask = fullMask(count);
    let isWhole = true;
    for (let k = 0; k < count; k++) {
      if (!(most[k] < least[k])) continue;
      clearBit(mask, k);
      isWhole = false;
    }
    allowed = isWhole ? null : mask;
    return allowed;
  };
  return eachValue(node, build, node.args[0], (values, steps, out) => {
    const mask = prepare();
    for (let k = 0; k < steps; k++) values[k] = clamp(values[k], least[k], most[k]);
    if (mask) out.present = intersect(out.present, mask, steps);
  });
}

/** round(v, to_nearest = 1). */
export function createRound(node: Call, build: Build): Operator {
  const nearest = node.args.length > 1 ? build.scalar(node.args[1]) : null;
  let inverses: Float64Array | null = null;
  return eachValue(node, build, node.args[0], (values, steps) => {
    if (!inverses) {
      inverses = new Float64Array(steps).fill(1);
      nearest?.readScalar(inverses);
      for (let k = 0; k < steps; k++) inverses[k] = 1 / inverses[k];
    }
    for (let k = 0; k < steps; k++) values[k] = roundTo(values[k], inverses[k]);
  });
}

/** hour, month, days_in_month …: of each value, or of the step's own time where there is no argument. */
export function createCalendar(node: Call, build: Build): Operator {
  const field = node.func as CalendarField;
  if (node.args.length > 0)
    return eachValue(node, build, node.args[0], (values, steps) => {
      for (let k = 0; k < steps; k++) values[k] = calendarField(field, values[k]);
    });
  const { startMs, stepMs, count } = build.grid;
  return {
    series: () => ({ count: 1, labels: () => NO_LABELS, dropName: null }),
    read(_, out) {
      for (let k = 0; k < count; k++) out.values[k] = calendarField(field, (startMs + k * stepMs) / 1000);
      out.present = null;
      out.histograms = null;
      out.timesMs = null;
    },
    explain: () => ({ name: `${node.func}()`, inputs: [] }),
  };
}

/** timestamp(v): of a selector the samples' own times, of anything else the step's. */
export function createTimestamp(node: Call, build: Build): Operator {
  let arg: Expr = node.args[0];
  while (arg.kind === 'Paren') arg = arg.expr;
  const input = arg.kind === 'VectorSelector' ? build.timed(arg) : build.vector(arg);
  const { startMs, stepMs, count } = build.grid;
  const operator: Operator = {
    series: () => dropNames(input.series(), build.context),
    read(i, out) {
      input.read(i, out);
      const { values, timesMs } = out;
      for (let k = 0; k < count; k++) values[k] = (timesMs ? timesMs[k] : startMs + k * stepMs) / 1000;
      finish(out, count);
    },
    explain: () => ({ name: 'timestamp', inputs: [input] }),
  };
  return mergeEqual(operator, build.context, count, 'step');
}

/** Applies `change` to each series' values; it may narrow `out.present`. */
function eachValue(
  node: Call,
  build: Build,
  arg: Expr,
  change: (values: Float64Array, steps: number, out: StepVector) => void,
): Operator {
  const { context, grid } = build;
  const input = build.vector(arg);
  const operator: Operator = {
    series: () => dropNames(input.series(), context),
    read(i, out) {
      input.read(i, out);
      context.tick(grid.count);
      hideHistograms(out, grid.count);
      change(out.values, grid.count, out);
      finish(out, grid.count);
    },
    explain: () => ({ name: node.func, inputs: [input] }),
  };
  return mergeEqual(operator, context, grid.count, 'step');
}

/** Makes steps that hold a histogram absent. */
function hideHistograms(out: StepVector, steps: number): void {
  if (!out.histograms) return;
  const mask = fullMask(steps);
  for (let k = 0; k < steps; k++) if (out.histograms[k]) clearBit(mask, k);
  out.present = intersect(out.present, mask, steps);
}

function finish(out: StepVector, steps: number): void {
  clearAbsent(out.values, out.present, steps);
  out.histograms = null;
  out.timesMs = null;
}
