// Journal batches: samples with times of their own, as remote write, imports and targets with timestamps bring them.
// Neighbouring samples of one series are stored together, column by column; order is kept exactly.
//
// A batch is a version, the number of samples, and runs of samples of one series:
//   head: 4 × length (0: as the run before) + 2 where the times are those of the run before
//         + 1 where the series id is the next one
//   [difference to the series id before]  [times]  column (column.ts)
import { DamagedError } from '../errors.ts';
import type { ByteWriter } from './bytes.ts';
import { ByteReader, checkTime } from './bytes.ts';
import { decodeColumn, encodeColumn } from './column.ts';

/** Sample k is (seriesIds[k], timesMs[k], values[k]) for k below count; the arrays may be longer. */
export interface Batch {
  readonly count: number;
  readonly seriesIds: Int32Array;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

const VERSION = 1;
const NEXT_ID = 1;
const SHARED_TIMES = 2;
/** Bounds what a damaged batch can ask for: a run of equal values takes a few bytes, however long it is. */
const SAMPLES_MAX = 1 << 24;

/**
 * Appends the first `count` samples to `out`. Smallest where the samples of a series are neighbours, ascending in time,
 * and neighbouring series have the same times. Times are whole milliseconds.
 * @throws RangeError where a time is no whole number or there are more than 2^24 samples
 */
export function encodeBatch(
  seriesIds: Int32Array,
  timesMs: Float64Array,
  values: Float64Array,
  count: number,
  out: ByteWriter,
): void {
  if (count > SAMPLES_MAX) throw new RangeError(`Batch has ${count} samples, at most ${SAMPLES_MAX} fit`);
  out.u8(VERSION);
  out.varint(count);
  let lastId = 0;
  let lastFrom = 0;
  let lastLength = 0;
  for (let from = 0; from < count; ) {
    const id = seriesIds[from];
    let to = from + 1;
    while (to < count && seriesIds[to] === id) to++;
    const length = to - from;
    const shared = length === lastLength && sameTimes(timesMs, lastFrom, from, length);
    const next = id === lastId + 1;
    out.varint((length === lastLength ? 0 : 4 * length) + (shared ? SHARED_TIMES : 0) + (next ? NEXT_ID : 0));
    if (!next) out.signedVarint(id - lastId);
    if (!shared) writeTimes(timesMs, from, length, lastLength > 0 ? timesMs[lastFrom] : 0, out);
    encodeColumn(values, from, length, out, out);
    lastId = id;
    lastFrom = from;
    lastLength = length;
    from = to;
  }
}

/**
 * Reads the batch in `bytes[at … end)`; samples come in the order they were written in.
 * @throws DamagedError where the bytes do not follow the format
 */
export function decodeBatch(bytes: Uint8Array, at = 0, end = bytes.length): Batch {
  const reader = new ByteReader(bytes, at, end);
  const version = reader.u8();
  if (version !== VERSION) throw new DamagedError(`Batch of version ${version}, expected ${VERSION}`);
  const count = reader.varint();
  if (count > SAMPLES_MAX) throw new DamagedError(`Batch says it has ${count} samples`);
  // A false count shall not cost memory: arrays start near what the bytes may hold and grow as runs prove right.
  let capacity = Math.min(count, 16 * (end - at));
  let seriesIds = new Int32Array(capacity);
  let timesMs = new Float64Array(capacity);
  let values = new Float64Array(capacity);
  let id = 0;
  let lastFrom = 0;
  let lastLength = 0;
  for (let from = 0; from < count; ) {
    const head = reader.varint();
    const length = head < 4 ? lastLength : Math.floor(head / 4);
    if (length === 0 || length > count - from) throw new DamagedError(`Batch has a run of ${length} samples`);
    id += (head & NEXT_ID) !== 0 ? 1 : reader.signedVarint();
    if (id !== (id | 0)) throw new DamagedError(`Batch has series ${id}`);
    if ((head & SHARED_TIMES) === 0 && length > end - reader.at)
      throw new DamagedError(`Batch ends before ${length} times`);
    if (from + length > capacity) {
      capacity = Math.min(count, 2 * (from + length));
      seriesIds = grown(seriesIds, new Int32Array(capacity));
      timesMs = grown(timesMs, new Float64Array(capacity));
      values = grown(values, new Float64Array(capacity));
    }
    seriesIds.fill(id, from, from + length);
    if ((head & SHARED_TIMES) === 0)
      readTimes(reader, timesMs, from, length, lastLength > 0 ? timesMs[lastFrom] : 0);
    else if (length !== lastLength) throw new DamagedError('Batch repeats times of another number');
    else timesMs.copyWithin(from, lastFrom, lastFrom + length);
    decodeColumn(reader, reader, length, 0, length, values, from);
    lastFrom = from;
    lastLength = length;
    from += length;
  }
  reader.finish();
  return { count, seriesIds, timesMs, values };
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function sameTimes(times: Float64Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (times[a + i] !== times[b + i]) return false;
  return true;
}

/** The first time as a difference to `base`, then differences of differences. */
function writeTimes(times: Float64Array, from: number, length: number, base: number, out: ByteWriter): void {
  let last = base;
  let lastStep = 0;
  for (let i = from; i < from + length; i++) {
    const time = times[i];
    checkTime(time);
    const step = time - last;
    out.signedVarint(step - lastStep);
    lastStep = i === from ? 0 : step;
    last = time;
  }
}

function readTimes(
  reader: ByteReader,
  times: Float64Array,
  from: number,
  length: number,
  base: number,
): void {
  let last = base;
  let lastStep = 0;
  for (let i = from; i < from + length; i++) {
    const step = reader.signedVarint() + lastStep;
    last += step;
    times[i] = last;
    lastStep = i === from ? 0 : step;
  }
}
