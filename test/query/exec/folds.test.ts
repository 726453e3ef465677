// The folds against the plain definitions, one value after the other, to the last bit.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AvgFold,
  CountFold,
  DeviationFold,
  ExtremeFold,
  type Fold,
  SumFold,
} from '../../../query/exec/folds.ts';
import { StepVector } from '../../../query/exec/operator.ts';
import { denseOrMask, emptyMask } from '../../../query/exec/presence.ts';
import { hasBit, setBit } from '../../../storage/model/sample.ts';

const STEPS = 37;

const value = fc.oneof(
  { weight: 5, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 5, arbitrary: fc.double({ min: -1000, max: 1000, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(1.7e308, -1.7e308, 1e308, 0, -0) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity) },
);
/** A series: a value or none at every step; dense now and then. */
const series = fc.oneof(
  fc.array(fc.option(value, { nil: undefined }), { minLength: STEPS, maxLength: STEPS }),
  fc.array(value, { minLength: STEPS, maxLength: STEPS }),
);

function vectorOf(values: readonly (number | undefined)[]): StepVector {
  const vector = new StepVector(STEPS);
  const mask = emptyMask(STEPS);
  values.forEach((v, k) => {
    if (v === undefined) return;
    vector.values[k] = v;
    setBit(mask, k);
  });
  vector.present = denseOrMask(mask, STEPS);
  return vector;
}

/** Runs a fold over two groups, of which the second gets every series. */
function folded(fold: Fold, all: readonly (readonly (number | undefined)[])[]): (number | undefined)[] {
  all.forEach((values, i) => {
    if (i % 2 === 0) fold.add(0, vectorOf(values));
    fold.add(1, vectorOf(values));
  });
  const out = new StepVector(STEPS);
  fold.finish(1, out);
  return Array.from(out.values, (v, k) => (!out.present || hasBit(out.present, k) ? v : undefined));
}

function stepwise(
  all: readonly (readonly (number | undefined)[])[],
  of: (values: number[]) => number,
): (number | undefined)[] {
  return Array.from({ length: STEPS }, (_, k) => {
    const values = all.map((one) => one[k]).filter((v) => v !== undefined);
    return values.length > 0 ? of(values) : undefined;
  });
}

/** Neumaier's sum: the new sum and its compensation. */
function added(v: number, sum: number, rest: number): [number, number] {
  const t = sum + v;
  if (Math.abs(t) === Infinity) return [t, 0];
  return [t, rest + (Math.abs(sum) >= Math.abs(v) ? sum - t + v : v - t + sum)];
}

function sumOf(values: number[]): number {
  let [sum, rest] = [values[0], 0];
  for (const v of values.slice(1)) [sum, rest] = added(v, sum, rest);
  return sum + rest;
}

function meanOf(values: number[]): number {
  let [sum, rest, count, isMean] = [values[0], 0, 1, false];
  for (const v of values.slice(1)) {
    count++;
    if (!isMean) {
      const [t, c] = added(v, sum, rest);
      if (Math.abs(t) !== Infinity) {
        [sum, rest] = [t, c];
        continue;
      }
      isMean = true;
      sum /= count - 1;
      rest /= count - 1;
    }
    const share = (count - 1) / count;
    [sum, rest] = added(v / count, share * sum, share * rest);
  }
  return isMean ? sum + rest : sum / count + rest / count;
}

function varianceOf(values: number[]): number {
  let [mean, squares, count] = [values[0], Number.isFinite(values[0]) ? 0 : Number.NaN, 1];
  for (const v of values.slice(1)) {
    count++;
    const delta = v - mean;
    mean += delta / count;
    squares += delta * (v - mean);
  }
  return squares / count;
}

function bestOf(values: number[], isBetter: (a: number, b: number) => boolean): number {
  return values.reduce((best, v) => (isBetter(v, best) || Number.isNaN(best) ? v : best));
}

describe('folds', () => {
  it.each<[string, () => Fold, (values: number[]) => number]>([
    ['sum', () => new SumFold(2, STEPS), (values) => sumOf(values)],
    ['avg', () => new AvgFold(2, STEPS), meanOf],
    ['min', () => new ExtremeFold(2, STEPS, false), (values) => bestOf(values, (a, b) => a < b)],
    ['max', () => new ExtremeFold(2, STEPS, true), (values) => bestOf(values, (a, b) => a > b)],
    ['count', () => new CountFold(2, STEPS, false), (values) => values.length],
    ['group', () => new CountFold(2, STEPS, true), () => 1],
    ['stdvar', () => new DeviationFold(2, STEPS, false), varianceOf],
    ['stddev', () => new DeviationFold(2, STEPS, true), (values) => Math.sqrt(varianceOf(values))],
  ])('%s', (_, create, of) => {
    fc.assert(
      fc.property(fc.array(series, { minLength: 1, maxLength: 12 }), (all) => {
        const fold = create();
        const expected = stepwise(all, of);
        expect(folded(fold, all)).toEqual(expected);
        fold.reset();
        expect(folded(fold, all)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});
