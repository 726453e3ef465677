// What reading one target's expositions keeps from body to body, shared by the ways of reading: lines that are known
// (stable-lines.ts), bodies that differ (changed-lines.ts), protobuf. Only the files of this folder see it.
import type { Labels } from '../../storage/model/labels.ts';
import type { ChangedLines } from './changed-lines.ts';
import type { FloatCursor } from './float.ts';
import type { IdSlots } from './id-slots.ts';
import type { MetadataCache } from './metadata.ts';
import type { SampleTail } from './sample-tail.ts';
import type { SeriesScan } from './series-scan.ts';
import type { Template } from './template.ts';
import type { TextInterner } from './text-interner.ts';
import type { TimedSamples } from './timed-samples.ts';

/**
 * Final labels of a series, from the texts of its line (`__name__`, its value, then names and values as they stand);
 * null drops it. Throws what fails the whole scrape (a limit, a missing name).
 */
export type SeriesDecider = (texts: string[]) => Labels | null;

export interface ExpositionOptions {
  readonly honorTimestamps: boolean;
  /** Series with times of their own are marked stale too when they vanish. */
  readonly trackTimestampsStaleness: boolean;
  /** Behind so many samples (dropped ones aside) the rest is only counted; 0: no limit. */
  readonly sampleLimit: number;
  readonly decide: SeriesDecider;
}

export interface ExpositionState {
  options: ExpositionOptions;
  template: Template;
  /** Series ids of the last accepted row, in the order of the exposition. */
  rowIds: Int32Array;
  /** A value per slot of the row, then the caller's spare slots. `words` are the same bytes. */
  values: Float64Array;
  words: Uint32Array;
  readonly spareSlots: number;

  // Counts of the body being read.
  scraped: number;
  kept: number;
  seriesAdded: number;
  duplicates: number;
  readonly timed: TimedSamples;

  // Tools, made once.
  readonly metadata: MetadataCache;
  readonly cursor: FloatCursor;
  readonly tail: SampleTail;
  readonly scan: SeriesScan;
  readonly interner: TextInterner;
  readonly idSlots: IdSlots;
  readonly lines: ChangedLines;
}

const NORMAL_NAN_HI = 0x7ff80000;
const NORMAL_NAN_LO = 1;

/** Stores a value, NaN with the bits that Prometheus stores for it (JavaScript's own differ in the last). */
export function storeValue(state: ExpositionState, slot: number, value: number): void {
  if (value === value) state.values[slot] = value;
  else {
    state.words[slot * 2] = NORMAL_NAN_LO;
    state.words[slot * 2 + 1] = NORMAL_NAN_HI;
  }
}

/** Counts a second sample of a slot's series, if it says something else than the first. The first stays. */
export function countDuplicate(state: ExpositionState, slot: number, value: number): void {
  if (!Object.is(state.values[slot], value)) state.duplicates++;
}
