// Reading series: instant selectors (the newest sample within lookback at every step) and range selectors (all
// samples that any window needs).
import { createMatcher, type Matcher, PatternError } from '../../storage/model/matcher.ts';
import { type Bitset, bitsetWords, Column, clearBit, type Timeline } from '../../storage/model/sample.ts';
import type { SeriesSet } from '../../storage/source.ts';
import type { Duration, Expr, MatrixSelector, VectorSelector } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import type { Operator, RangeOperator, SeriesTable, StepVector } from './operator.ts';
import { fullMask } from './presence.ts';
import { smoothInto } from './smooth.ts';
import { ByTimeline, type Lookups, lookTimes, lookupsOver, windowsOver, withoutSlots } from './window.ts';

/** The moment that `@` names in this query, null without the modifier. */
export function atTime(at: VectorSelector['at'], context: QueryContext): number | null {
  if (!at) return null;
  if (at.kind === 'time') return at.ms;
  return at.kind === 'start' ? context.request.startMs : context.request.endMs;
}

/** A duration of the tree after resolveDurations. */
export function resolved(duration: Duration): number {
  if (typeof duration === 'number') return duration;
  throw new QueryError('execution', 'internal: duration expression was not resolved before execution');
}

/** The text of a node, for explain. */
export function sourceText(expr: Expr, context: QueryContext): string {
  return context.text.slice(expr.span.start, expr.span.end);
}

/** The compiled matchers of a selector. */
export function matchersOf(selector: VectorSelector): Matcher[] {
  return selector.matchers.map(({ name, op, value }) => {
    try {
      return createMatcher(name, op, value);
    } catch (error) {
      if (error instanceof PatternError) throw new QueryError('parse', error.message);
      throw error;
    }
  });
}

/** The series of a selector, looked up at first use, and the table that names them. */
function selection(
  selector: VectorSelector,
  context: QueryContext,
  firstMs: number,
  lastMs: number,
): () => { set: SeriesSet; table: SeriesTable } {
  let found: { set: SeriesSet; table: SeriesTable } | null = null;
  return () => {
    if (found) return found;
    const set = context.view.select(matchersOf(selector), firstMs, lastMs);
    context.countBytes(set.count * 8);
    found = { set, table: { count: set.count, labels: (i) => set.labels(i), dropName: null } };
    return found;
  };
}

function refuseHistograms(column: Column): void {
  if (column.histograms)
    throw new QueryError(
      'not_implemented',
      'native histograms are not supported yet: a selected series has them',
    );
}

/**
 * The newest sample at or before each step, not older than the lookback and not a stale marker. With `timed`, vectors
 * carry the samples' own times.
 */
export function createInstantSelector(selector: VectorSelector, build: Build, timed: boolean): Operator {
  const { context, grid } = build;
  const { lookbackMs } = context;
  const looks = lookTimes(grid, atTime(selector.at, context), resolved(selector.offset));
  const isSmoothed = selector.edges === 'smoothed';
  const lastMs = looks[looks.length - 1] + (isSmoothed ? lookbackMs : 0);
  const select = selection(selector, context, looks[0] - lookbackMs + 1, lastMs);
  const lookups = new ByTimeline(grid.count, (timeline) => lookupsOver(timeline, looks, lookbackMs));
  const sampleTimes = new ByTimeline(grid.count, (timeline) => timesAt(timeline, lookups.get(timeline)));
  const column = new Column();
  const limitPoints = context.pointCounter();
  return {
    series: () => select().table,
    read(i, out) {
      select().set.read(i, column);
      refuseHistograms(column);
      context.countSamples(column.timeline.length);
      context.tick(grid.count);
      if (isSmoothed) {
        smoothInto(column, looks, lookbackMs, out);
      } else {
        gather(column, lookups.get(column.timeline), out);
        if (timed) out.timesMs = sampleTimes.get(column.timeline);
      }
      limitPoints(i, context.countPoints(out.present, grid.count));
    },
    explain: () => ({ name: sourceText(selector, context), inputs: [] }),
  };
}

function gather(column: Column, lookups: Lookups, out: StepVector): void {
  const { slots, run, present } = lookups;
  const from = column.values;
  const to = out.values;
  const steps = slots.length;
  if (run >= 0) to.set(from.subarray(run, run + steps));
  else if (!present) for (let k = 0; k < steps; k++) to[k] = from[slots[k]];
  else {
    for (let k = 0; k < steps; k++) {
      const slot = slots[k];
      to[k] = slot < 0 ? 0 : from[slot];
    }
  }
  out.present = column.stale ? hideStale(column.stale, lookups, to) : present;
  out.histograms = null;
  out.timesMs = null;
}

/** The mask without the steps whose newest sample is a stale marker. */
function hideStale(stale: Bitset, lookups: Lookups, values: Float64Array): Bitset | null {
  const { slots, present } = lookups;
  let mask: Bitset | null = null;
  for (let k = 0; k < slots.length; k++) {
    const slot = slots[k];
    if (slot < 0 || (stale[slot >>> 5] & (1 << (slot & 31))) === 0) continue;
    mask ??= present ? present.slice() : fullMask(slots.length);
    clearBit(mask, k);
    values[k] = 0;
  }
  return mask ?? present;
}

function timesAt(timeline: Timeline, lookups: Lookups): Float64Array {
  return Float64Array.from(lookups.slots, (slot) => (slot < 0 ? 0 : timeline.times[slot]));
}

/**
 * The samples of a range selector and the windows over them.
 *
 * For `anchored` and `smoothed` selectors the column also holds what lies within the lookback before the first
 * window, and for `smoothed` after the last: slot `first[k] - 1` is then the newest sample at or before the start of
 * window k, slot `last[k]` the oldest behind its end, where there are such slots; the function checks how far away
 * they are.
 */
export function createMatrixSelector(node: MatrixSelector, build: Build): RangeOperator {
  const { context, grid } = build;
  const { selector } = node;
  const rangeMs = resolved(node.range);
  const ends = lookTimes(grid, atTime(selector.at, context), resolved(selector.offset));
  const before = selector.edges === '' ? 0 : context.lookbackMs;
  const after = selector.edges === 'smoothed' ? context.lookbackMs : 0;
  const select = selection(selector, context, ends[0] - rangeMs - before + 1, ends[ends.length - 1] + after);
  const windows = new ByTimeline(grid.count, (timeline) => windowsOver(timeline, ends, rangeMs));
  const dropStale = staleDropper();
  const limitPoints = context.pointCounter();
  return {
    series: () => select().table,
    read(i, out) {
      select().set.read(i, out);
      refuseHistograms(out);
      context.countSamples(out.timeline.length);
      context.tick(grid.count);
      limitPoints(i, grid.count);
      dropStale(out);
      const found = windows.get(out.timeline);
      context.countWindows(found);
      return found;
    },
    explain: () => ({ name: sourceText(node, context), inputs: [] }),
  };
}

/**
 * Takes stale markers out of columns. Series of one target end together as a rule, so the shortened timeline is
 * kept: the next series with the same markers shares it, and with it the windows.
 */
function staleDropper(): (column: Column) => void {
  let from: Timeline | null = null;
  let gone: Bitset = new Uint32Array(0);
  let kept: Timeline | null = null;
  return (column) => {
    const { stale, timeline } = column;
    if (!stale) return;
    const words = bitsetWords(timeline.length);
    let isSame = kept !== null && timeline === from;
    for (let w = 0; isSame && w < words; w++) isSame = stale[w] === gone[w];
    const shortened = withoutSlots(timeline, stale, column.values, isSame ? kept : null);
    if (!isSame) {
      from = timeline;
      gone = stale.slice(0, words);
      kept = shortened;
    }
    column.timeline = shortened;
    column.stale = null;
  };
}
