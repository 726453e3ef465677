import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyPresent,
  clearAbsent,
  countPresent,
  denseOrMask,
  emptyMask,
  fullMask,
  intersect,
  overlaps,
  subtract,
  uniteInto,
} from '../../../query/exec/presence.ts';
import { hasBit, setBit } from '../../../storage/model/sample.ts';

type Steps = readonly boolean[];

function mask(steps: Steps): Uint32Array | null {
  const bits = emptyMask(steps.length);
  steps.forEach((isThere, k) => {
    if (isThere) setBit(bits, k);
  });
  return denseOrMask(bits, steps.length);
}

function steps(bits: Uint32Array | null, count: number): boolean[] {
  return Array.from({ length: count }, (_, k) => !bits || hasBit(bits, k));
}

const pair = fc
  .integer({ min: 1, max: 100 })
  .chain((n) =>
    fc.tuple(
      fc.array(fc.boolean(), { minLength: n, maxLength: n }),
      fc.array(fc.boolean(), { minLength: n, maxLength: n }),
    ),
  );

describe('presence masks', () => {
  it('do with bits what arrays of booleans do', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const n = a.length;
        const [x, y] = [mask(a), mask(b)];
        expect(steps(x, n)).toEqual(a);
        expect(countPresent(x, n)).toBe(a.filter(Boolean).length);
        expect(anyPresent(x, n)).toBe(a.includes(true));
        expect(overlaps(x, y, n)).toBe(a.some((isThere, k) => isThere && b[k]));
        expect(steps(intersect(x, y, n), n)).toEqual(a.map((isThere, k) => isThere && b[k]));
        expect(steps(subtract(x, y, n), n)).toEqual(a.map((isThere, k) => isThere && !b[k]));
        const union = emptyMask(n);
        uniteInto(x, union, n);
        uniteInto(y, union, n);
        expect(steps(union, n)).toEqual(a.map((isThere, k) => isThere || b[k]));
        const values = new Float64Array(n).fill(7);
        clearAbsent(values, x, n);
        expect(Array.from(values)).toEqual(a.map((isThere) => (isThere ? 7 : 0)));
      }),
    );
  });

  it('are null where every step is there', () => {
    for (const n of [1, 31, 32, 33, 64]) expect(denseOrMask(fullMask(n), n)).toBeNull();
  });
});
