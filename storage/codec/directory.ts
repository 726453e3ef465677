// The directory of a page: which series it holds, over which times, and what is known about each column without
// decoding it. Field by field, since neighbouring columns nearly always agree in all but their id.
import { DamagedError, StorageError } from '../errors.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { FLOAT_COLUMN } from './column.ts';

/** What a page knows of its columns, in the order they were written in. */
export interface Directory {
  readonly count: number;
  readonly seriesIds: Float64Array;
  readonly timelineIds: Float64Array;
  /** Number of samples of each column. */
  readonly lengths: Int32Array;
  /** HAS_STALE and NEVER_DECREASES of each column. */
  readonly flags: Uint8Array;
}

/** The kind of a column stands above its flags. */
const KIND_SHIFT = 2;
const COLUMN_SAMPLES_MAX = 1 << 24;

/** Appends a directory. */
export function writeDirectory(directory: Directory, out: ByteWriter): void {
  const { count, seriesIds, timelineIds, lengths, flags } = directory;
  out.varint(count);
  let last = 0;
  for (let k = 0; k < count; k++) {
    out.signedVarint(seriesIds[k] - last);
    last = seriesIds[k];
  }
  writeRuns(timelineIds, out);
  writeRuns(lengths, out);
  writeRuns(
    flags.map((flag) => (FLOAT_COLUMN << KIND_SHIFT) | flag),
    out,
  );
}

/**
 * Reads a directory.
 * @throws DamagedError where the bytes do not follow the format
 * @throws StorageError `version` where a column is of a kind that a newer version wrote
 */
export function readDirectory(reader: ByteReader): Directory {
  const count = reader.varint();
  // A series id takes a byte at least, so a wrong count cannot ask for more memory than some times the page.
  if (count > reader.end - reader.at) throw new DamagedError(`Page says it has ${count} columns`);
  const seriesIds = new Float64Array(count);
  const timelineIds = new Float64Array(count);
  const lengths = new Int32Array(count);
  const flags = new Uint8Array(count);
  for (let k = 0, id = 0; k < count; k++) {
    id += reader.signedVarint();
    seriesIds[k] = id;
  }
  readRuns(reader, timelineIds, Number.MAX_SAFE_INTEGER);
  readRuns(reader, lengths, COLUMN_SAMPLES_MAX);
  readRuns(reader, flags, 0xff);
  for (let k = 0; k < count; k++) {
    const kind = flags[k] >>> KIND_SHIFT;
    if (kind !== FLOAT_COLUMN)
      throw new StorageError('version', `Page has a column of kind ${kind}, written by a newer version`);
    if (lengths[k] === 0) throw new DamagedError(`Column ${k} of a page is empty`);
  }
  return { count, seriesIds, timelineIds, lengths, flags };
}

/** Writes values as pairs of run length and value. */
function writeRuns(values: Float64Array | Int32Array | Uint8Array, out: ByteWriter): void {
  for (let k = 0; k < values.length; ) {
    let end = k + 1;
    while (end < values.length && values[end] === values[k]) end++;
    out.varint(end - k);
    out.varint(values[k]);
    k = end;
  }
}

function readRuns(reader: ByteReader, out: Float64Array | Int32Array | Uint8Array, max: number): void {
  for (let k = 0; k < out.length; ) {
    const run = reader.varint();
    const value = reader.varint();
    if (run === 0 || run > out.length - k || value > max)
      throw new DamagedError('Directory of a page is inconsistent');
    out.fill(value, k, k + run);
    k += run;
  }
}
