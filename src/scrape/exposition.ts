// Reads one target's expositions in text formats 0.0.4 and 1.0.0 and OpenMetrics, again and again. A line whose bytes
// up to the value equal those at the same place of the last body is not parsed again, only its value is (70-90 ns a
// sample); lines that moved are found by their bytes, only new ones are parsed in full. What a series means (labels,
// relabelling, limits) is decided once, when its text first appears.
//
// Use: `read` a body, look at the counts, then `accept` it, or not: a body that was refused leaves no trace.
import type { Labels } from '../../storage/model/labels.ts';
import { ChangedLines, readChangedLines } from './changed-lines.ts';
import type { ExpositionOptions, ExpositionState } from './exposition-state.ts';
import { createIdSlots, type IdSlots } from './id-slots.ts';
import type { MetadataCache } from './metadata.ts';
import { type RowChange, rebuild, timedIds } from './rebuild.ts';
import { createSeriesScan } from './series-scan.ts';
import { readStableLines, type StablePart } from './stable-lines.ts';
import { emptyTemplate } from './template.ts';
import { createTextInterner, type TextInterner } from './text-interner.ts';
import { TimedSamples } from './timed-samples.ts';

export type { ExpositionOptions, SeriesDecider } from './exposition-state.ts';
export type { RowChange } from './rebuild.ts';

/** `text`: 0.0.4 and 1.0.0, which share one grammar. */
export type ExpositionFormat = 'text' | 'openmetrics';

export interface ExpositionReader {
  /**
   * Reads `body[0..length)`. `body` has at least one byte more, which is overwritten.
   * @throws ExpositionError where the format is broken; whatever `decide` throws. Counts are then those up to there.
   */
  read(body: Uint8Array, length: number, format: ExpositionFormat): void;
  /** Makes the body just read the last one. `body` as given to `read`, unchanged. */
  accept(body: Uint8Array, idOf: (labels: Labels) => number): RowChange;
  /**
   * Takes new options. Series are decided anew unless `decide` would decide the same; either way it stays known which
   * ones the last row had.
   */
  reconfigure(options: ExpositionOptions, decidesTheSame: boolean): void;

  /** Samples of the body just read; how many of them relabelling kept; series that the body before did not have. */
  readonly scraped: number;
  readonly kept: number;
  readonly seriesAdded: number;
  /** Samples of a series that the body had before, with another value. */
  readonly duplicates: number;

  /** Series of the last accepted row, in the order of the exposition. */
  readonly rowIds: Int32Array;
  /** After `accept`: the row's values, then `spareSlots` places for the caller. */
  readonly values: Float64Array;
  /** Samples with times of their own; after `accept` with ids of their series. */
  readonly timed: TimedSamples;
  /** Series of the last accepted body whose samples had times of their own. */
  timedIds(): Int32Array;
}

/**
 * What the readers of one thread share, for none needs it beyond one body: from `read` to `accept` no other reader
 * may read.
 */
export interface SharedTools {
  readonly interner: TextInterner;
  readonly idSlots: IdSlots;
  readonly lines: ChangedLines;
}

export function createSharedTools(): SharedTools {
  return { interner: createTextInterner(), idSlots: createIdSlots(), lines: new ChangedLines() };
}

const UNCHANGED: RowChange = { rowChanged: false, vanishedIds: new Int32Array(0) };

/** @param spareSlots slots behind the row's values that the caller fills (its own series). */
export function createExpositionReader(
  options: ExpositionOptions,
  metadata: MetadataCache,
  spareSlots: number,
  { interner, idSlots, lines }: SharedTools = createSharedTools(),
): ExpositionReader {
  const values = new Float64Array(spareSlots);
  const state: ExpositionState = {
    options,
    template: emptyTemplate(false),
    rowIds: new Int32Array(0),
    values,
    words: new Uint32Array(values.buffer),
    spareSlots,
    scraped: 0,
    kept: 0,
    seriesAdded: 0,
    duplicates: 0,
    timed: new TimedSamples(),
    metadata,
    cursor: { end: 0 },
    tail: { timeMs: Number.NaN },
    scan: createSeriesScan(),
    interner,
    idSlots,
    lines,
  };
  const part: StablePart = { line: 0, at: 0 };
  let changed = false;
  return {
    read(body, length, format) {
      const strict = format === 'openmetrics';
      if (state.template.strict !== strict) state.template = emptyTemplate(strict);
      state.seriesAdded = state.duplicates = 0;
      state.timed.clear();
      // A line feed behind the last byte lets every scan end by itself, and completes a last line without one.
      body[length] = 10;
      changed = false;
      readStableLines(state, body, length, part);
      const { template } = state;
      if (part.at >= length && part.line === template.count && template.count > 0) {
        state.scraped = template.samples;
        state.kept = template.samples - template.dropped;
      } else {
        changed = true;
        readChangedLines(state, body, length, part);
      }
    },
    accept(body, idOf) {
      if (!changed) return UNCHANGED;
      const change = rebuild(state, body, idOf);
      changed = false;
      return change;
    },
    reconfigure(next, decidesTheSame) {
      state.options = next;
      if (!decidesTheSame) state.template = emptyTemplate(state.template.strict);
    },
    timedIds: () => timedIds(state.template),
    timed: state.timed,
    get scraped() {
      return state.scraped;
    },
    get kept() {
      return state.kept;
    },
    get seriesAdded() {
      return state.seriesAdded;
    },
    get duplicates() {
      return state.duplicates;
    },
    get rowIds() {
      return state.rowIds;
    },
    get values() {
      return state.values;
    },
  };
}
