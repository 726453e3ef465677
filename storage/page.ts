// Pages: columns of many series over one window, as one blob. A page is cut into frames, each some columns by some
// hundred slots, compressed by itself, so that one column, or the end of one, costs a frame and not the page.
//
//   u8 'F', u8 version, u32 length of the header, u32 CRC-32 of what stands before and of the header
//   header: first and last time, shape of the frames, directory (codec/directory.ts),
//           frames (compressed length, length, CRC-32 of the compressed bytes)
//   frames (codec/frame.ts), group after group of columns, each block after block of slots
//
// The header's checksum covers those of the frames: what is read has been checked, and nothing else costs time.
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter, checkTime, readU32, writeU32 } from './codec/bytes.ts';
import { decodeColumn, encodeColumn, HAS_STALE, inspectColumn, NEVER_DECREASES } from './codec/column.ts';
import { type Directory, readDirectory, writeDirectory } from './codec/directory.ts';
import { buildFrame, type Frame, parseFrame } from './codec/frame.ts';
import { DamagedError, StorageError } from './errors.ts';

export type { Frame } from './codec/frame.ts';

/** One series' samples in a page. */
export interface PageColumn {
  /** A whole number, as are timeline ids. */
  readonly seriesId: number;
  /** The store's number of the times; that timeline has `count` slots. */
  readonly timelineId: number;
  /** The first `count` values are the column's; stale markers by their bits. */
  readonly values: Float64Array;
  readonly count: number;
}

export interface PageOptions {
  /** Times of the page's first and last sample, both inclusive. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** zstd level: 1 for a fold, 3 for a merge. */
  readonly level: number;
  /** Bytes of a stream of its own within a frame (codec/frame.ts): more for pages that are soon merged. */
  readonly streamBytes?: number;
}

/** A page open for reading. Refers to the blob, which must not change; there is nothing to close. */
export interface Page {
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** Number of columns; k below runs from 0 to count - 1, in the order they were written in. */
  readonly count: number;
  seriesId(k: number): number;
  /** The column of a series, or -1. */
  find(seriesId: number): number;
  timelineId(k: number): number;
  /** Number of samples of column k. */
  length(k: number): number;
  /** True where column k holds a stale marker. */
  hasStale(k: number): boolean;
  /** True where column k never falls from slot to slot and holds no NaN. */
  neverDecreases(k: number): boolean;
  /**
   * Writes slots `from … to - 1` of column k to `out` from `at` on, bit for bit. Ascending k is cheapest: columns side
   * by side share frames.
   * @throws DamagedError where a frame fails its checksum or does not follow the format
   * @throws RangeError where the slots are not all there
   */
  read(k: number, from: number, to: number, out: Float64Array, at: number): void;
}

/** Keeps decompressed frames from page to page. A key belongs to one page id and one frame of it. */
export interface FrameCache {
  get(key: number): Frame | undefined;
  set(key: number, frame: Frame): void;
}

const MAGIC = 0x46;
const VERSION = 1;
const PREFIX_BYTES = 10;
const BLOCK_SLOTS = 480;
const FRAME_SAMPLES = 64 * BLOCK_SLOTS;
/** Page ids times this, plus the number of a frame, are the keys of a cache. */
const FRAMES_MAX = 1 << 16;
/** A page without a cache keeps some frames itself, so that neighbouring columns share them. */
const OWN_CACHE_BYTES = 1 << 20;
/** Ten times the longest frame that is ever written; what claims more is damaged, and not worth the memory. */
const FRAME_BYTES_MAX = 1 << 24;

/**
 * Packs columns into a page. Columns that change alike belong side by side.
 * @throws RangeError where a series comes twice, or a column is empty or longer than its array
 */
export function encodePage(columns: readonly PageColumn[], options: PageOptions): Uint8Array<ArrayBuffer> {
  const { minTimeMs, maxTimeMs, level, streamBytes } = options;
  checkTime(minTimeMs);
  checkTime(maxTimeMs);
  if (maxTimeMs < minTimeMs) throw new RangeError(`Page from ${minTimeMs} to ${maxTimeMs}`);
  const directory = describe(columns);
  const { blockSlots, groupColumns } = shapeOf(directory.lengths);
  const header = new ByteWriter(64 + 4 * columns.length);
  header.signedVarint(minTimeMs);
  header.varint(maxTimeMs - minTimeMs);
  header.varint(blockSlots);
  header.varint(groupColumns);
  writeDirectory(directory, header);
  const first = firstFrames(directory.lengths, blockSlots, groupColumns);
  if (first === null) throw new RangeError(`Page would have more than ${FRAMES_MAX} frames`);
  const frame = new ByteWriter(1 << 16);
  const packed: Uint8Array[] = [];
  for (let group = 0; group + 1 < first.length; group++) {
    const from = group * groupColumns;
    const count = Math.min(groupColumns, columns.length - from);
    for (let f = first[group]; f < first[group + 1]; f++) {
      const start = (f - first[group]) * blockSlots;
      const ends = buildFrame(
        count,
        (k, head, body) => {
          const column = columns[from + k];
          const slots = Math.min(column.count - start, blockSlots);
          if (slots > 0) encodeColumn(column.values, start, slots, head, body);
        },
        frame,
        streamBytes,
      );
      const bytes = compressFrame(frame, ends, level);
      header.varint(bytes.length);
      header.varint(frame.length);
      header.u32(crc32(bytes));
      packed.push(bytes);
    }
  }
  return assemble(header.view(), packed);
}

/**
 * Opens a page: checks and reads its header. With `cache`, frames are looked up there under `pageId` before they are
 * decompressed.
 * @throws DamagedError where the header fails its checksum or does not follow the format
 * @throws StorageError `version` where a newer version wrote the page
 */
export function openPage(bytes: Uint8Array, pageId = 0, cache?: FrameCache): Page {
  const reader = openHeader(bytes);
  const minTimeMs = reader.signedVarint();
  const maxTimeMs = minTimeMs + reader.varint();
  const blockSlots = reader.varint();
  const groupColumns = reader.varint();
  if (blockSlots === 0 || groupColumns === 0) throw new DamagedError('Page has frames of no size');
  const directory = readDirectory(reader);
  const frames = readFrameTable(reader, directory.lengths, blockSlots, groupColumns, bytes);
  reader.finish();
  const { count, seriesIds, timelineIds, lengths, flags } = directory;
  const find = finder(seriesIds);
  const kept = cache ?? createFrameCache(OWN_CACHE_BYTES);

  function frameOf(group: number, block: number): Frame {
    const f = frames.first[group] + block;
    const key = pageId * FRAMES_MAX + f;
    let frame = kept.get(key);
    if (frame === undefined) {
      frame = openFrame(bytes, frames, f, Math.min(groupColumns, count - group * groupColumns));
      kept.set(key, frame);
    }
    return frame;
  }

  return {
    minTimeMs,
    maxTimeMs,
    count,
    find,
    seriesId: (k) => seriesIds[k],
    timelineId: (k) => timelineIds[k],
    length: (k) => lengths[k],
    hasStale: (k) => (flags[k] & HAS_STALE) !== 0,
    neverDecreases: (k) => (flags[k] & NEVER_DECREASES) !== 0,
    read(k, from, to, out, at) {
      const length = lengths[k];
      if (!(from >= 0 && from <= to && to <= length))
        throw new RangeError(`Slots ${from} to ${to} of column ${k} of a page, which has ${length}`);
      if (at + to - from > out.length) throw new RangeError(`No room for ${to - from} values at ${at}`);
      const group = Math.floor(k / groupColumns);
      const part = k - group * groupColumns;
      for (let slot = from; slot < to; ) {
        const block = Math.floor(slot / blockSlots);
        const start = block * blockSlots;
        const stored = Math.min(length - start, blockSlots);
        const stop = Math.min(to, start + stored);
        const { bytes: raw, heads, starts, ends } = frameOf(group, block);
        const head = new ByteReader(raw, heads[part], heads[part + 1]);
        const body = new ByteReader(raw, starts[part], ends[part]);
        decodeColumn(head, body, stored, slot - start, stop - start, out, at + slot - from);
        head.finish();
        body.finish();
        slot = stop;
      }
    },
  };
}

/** A cache that keeps frames up to `maxBytes`, and drops first what was not used for longest. */
export function createFrameCache(maxBytes: number): FrameCache {
  const frames = new Map<number, Frame>();
  let bytes = 0;
  return {
    get(key) {
      const frame = frames.get(key);
      if (frame !== undefined) {
        // A Map keeps the order of insertion: what is put back last is dropped last.
        frames.delete(key);
        frames.set(key, frame);
      }
      return frame;
    },
    set(key, frame) {
      const before = frames.get(key);
      if (before !== undefined) bytes -= memoryOf(before);
      frames.delete(key);
      frames.set(key, frame);
      bytes += memoryOf(frame);
      for (const [oldest, dropped] of frames) {
        if (bytes <= maxBytes) break;
        frames.delete(oldest);
        bytes -= memoryOf(dropped);
      }
    },
  };
}

/** Bytes of a frame in memory, with what its arrays cost beyond their elements. */
function memoryOf({ bytes, ends }: Frame): number {
  return bytes.length + 3 * ends.byteLength + 600;
}

function describe(columns: readonly PageColumn[]): Directory {
  const count = columns.length;
  const seriesIds = new Float64Array(count);
  const timelineIds = new Float64Array(count);
  const lengths = new Int32Array(count);
  const flags = new Uint8Array(count);
  const seen = new Set<number>();
  for (let k = 0; k < count; k++) {
    const { seriesId, timelineId, values, count: length } = columns[k];
    if (seen.has(seriesId)) throw new RangeError(`Series ${seriesId} comes twice in a page`);
    if (length < 1 || length > values.length)
      throw new RangeError(`Column of series ${seriesId} has ${length} samples in ${values.length} slots`);
    seen.add(seriesId);
    seriesIds[k] = seriesId;
    timelineIds[k] = timelineId;
    lengths[k] = length;
    flags[k] = inspectColumn(values, 0, length);
  }
  return { count, seriesIds, timelineIds, lengths, flags };
}

/** Frames of about FRAME_SAMPLES samples, in blocks of equal length: no block of a few slots at the end. */
function shapeOf(lengths: Int32Array): { blockSlots: number; groupColumns: number } {
  let longest = 1;
  for (let k = 0; k < lengths.length; k++) longest = Math.max(longest, lengths[k]);
  const blocks = Math.max(1, Math.round(longest / BLOCK_SLOTS));
  const blockSlots = Math.ceil(longest / blocks);
  return { blockSlots, groupColumns: Math.round(FRAME_SAMPLES / blockSlots) };
}

/**
 * The number of the first frame of each group of columns, and how many frames there are behind the last; null where
 * these are more than FRAMES_MAX.
 */
function firstFrames(lengths: Int32Array, blockSlots: number, groupColumns: number): Int32Array | null {
  const groups = Math.ceil(lengths.length / groupColumns);
  const first = new Int32Array(groups + 1);
  for (let group = 0; group < groups; group++) {
    let longest = 0;
    const to = Math.min((group + 1) * groupColumns, lengths.length);
    for (let k = group * groupColumns; k < to; k++) longest = Math.max(longest, lengths[k]);
    first[group + 1] = first[group] + Math.ceil(longest / blockSlots);
    if (first[group + 1] > FRAMES_MAX) return null;
  }
  return first;
}

/** Compresses a frame's streams one by one; zstd reads them as one, simply joined. */
function compressFrame(frame: ByteWriter, ends: readonly number[], level: number): Uint8Array {
  const streams: Uint8Array[] = [];
  let from = 0;
  for (const end of ends) {
    const size = end - from;
    streams.push(
      zstdCompressSync(frame.bytes.subarray(from, end), {
        // Room for the worst case, so that zlib fills one buffer and copies nothing.
        chunkSize: size + (size >>> 7) + 128,
        params: { [constants.ZSTD_c_compressionLevel]: level },
      }),
    );
    from = end;
  }
  return streams.length === 1 ? streams[0] : Buffer.concat(streams);
}

function assemble(header: Uint8Array, frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = PREFIX_BYTES + header.length;
  for (const frame of frames) size += frame.length;
  const page = new Uint8Array(size);
  page[0] = MAGIC;
  page[1] = VERSION;
  writeU32(page, 2, header.length);
  writeU32(page, 6, crc32(header, crc32(page.subarray(0, 6))));
  page.set(header, PREFIX_BYTES);
  let at = PREFIX_BYTES + header.length;
  for (const frame of frames) {
    page.set(frame, at);
    at += frame.length;
  }
  return page;
}

function openHeader(bytes: Uint8Array): ByteReader {
  if (bytes.length < PREFIX_BYTES || bytes[0] !== MAGIC) throw new DamagedError('Not a page');
  const end = PREFIX_BYTES + readU32(bytes, 2);
  if (end > bytes.length) throw new DamagedError('Header of a page is cut off');
  if (crc32(bytes.subarray(PREFIX_BYTES, end), crc32(bytes.subarray(0, 6))) !== readU32(bytes, 6))
    throw new DamagedError('Header of a page fails its checksum');
  if (bytes[1] !== VERSION)
    throw new StorageError('version', `Page of version ${bytes[1]}, this Ferula reads version ${VERSION}`);
  return new ByteReader(bytes, PREFIX_BYTES, end);
}

interface FrameTable {
  readonly first: Int32Array;
  readonly offsets: Int32Array;
  /** Compressed and decompressed lengths. */
  readonly lengths: Int32Array;
  readonly sizes: Int32Array;
  readonly crcs: Uint32Array;
}

function readFrameTable(
  reader: ByteReader,
  columnLengths: Int32Array,
  blockSlots: number,
  groupColumns: number,
  page: Uint8Array,
): FrameTable {
  const first = firstFrames(columnLengths, blockSlots, groupColumns);
  if (first === null) throw new DamagedError(`Page has more than ${FRAMES_MAX} frames`);
  const count = first[first.length - 1];
  const offsets = new Int32Array(count);
  const lengths = new Int32Array(count);
  const sizes = new Int32Array(count);
  const crcs = new Uint32Array(count);
  let at = reader.end;
  for (let f = 0; f < count; f++) {
    const length = reader.varint();
    const size = reader.varint();
    if (length > page.length - at || size > FRAME_BYTES_MAX)
      throw new DamagedError(`Frame ${f} of a page goes beyond it`);
    offsets[f] = at;
    lengths[f] = length;
    sizes[f] = size;
    crcs[f] = reader.u32();
    at += length;
  }
  if (at !== page.length) throw new DamagedError(`Page has ${page.length - at} bytes left over`);
  return { first, offsets, lengths, sizes, crcs };
}

function openFrame(page: Uint8Array, frames: FrameTable, f: number, columns: number): Frame {
  const packed = page.subarray(frames.offsets[f], frames.offsets[f] + frames.lengths[f]);
  if (crc32(packed) !== frames.crcs[f]) throw new DamagedError(`Frame ${f} of a page fails its checksum`);
  const size = frames.sizes[f];
  let raw: Uint8Array;
  try {
    // One byte of room more than needed: zlib then knows after one round that nothing is left.
    raw = zstdDecompressSync(packed, { chunkSize: Math.max(64, size + 1), maxOutputLength: size + 1 });
  } catch (cause) {
    throw new DamagedError(`Frame ${f} of a page does not decompress`, { cause });
  }
  if (raw.length !== size)
    throw new DamagedError(`Frame ${f} of a page has ${raw.length} bytes, not ${size}`);
  return parseFrame(raw, columns);
}

/** Looks series up by id: in the array where it ascends, else in a map made at first use. */
function finder(ids: Float64Array): (id: number) => number {
  for (let k = 1; k < ids.length; k++) if (ids[k] <= ids[k - 1]) return mapFinder(ids);
  return (id) => {
    let low = 0;
    let high = ids.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (ids[middle] === id) return middle;
      if (ids[middle] < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  };
}

function mapFinder(ids: Float64Array): (id: number) => number {
  let columns: Map<number, number> | null = null;
  return (id) => {
    if (columns === null) {
      columns = new Map();
      for (let k = 0; k < ids.length; k++) columns.set(ids[k], k);
    }
    return columns.get(id) ?? -1;
  };
}
