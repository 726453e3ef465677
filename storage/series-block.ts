// Series as they lie in the file: blocks of up to 1,024, labels and buckets as differences to the series before, the
// texts of new symbols in front, all under zstd. About 2 bytes a series where targets resemble each other.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { checksum, verifyChecksum } from './checksum.ts';
import { ByteReader, ByteWriter } from './codec/bytes.ts';
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { DamagedError } from './errors.ts';
import type { SeriesIndex } from './series-index.ts';

export const BLOCK_SERIES = 1024;
/** Blocks are written once and stay; the level costs 2 ms each and saves a tenth. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 9 } };
/** Larger than any block: what claims more when decompressed is damaged. */
const BLOCK_BYTES_MAX = 2 ** 28;

interface BlockRow {
  first_id: number;
  count: number;
  first_symbol: number;
  symbols: number;
  crc: number;
  data: Uint8Array;
}

/** Where a block begins and ends, as series ids and symbols. */
export interface BlockSpan {
  readonly firstId: number;
  readonly count: number;
  readonly firstSymbol: number;
  readonly symbols: number;
}

/** Writes one block; the caller holds a transaction. */
export function insertSeriesBlock(db: Database, index: SeriesIndex, span: BlockSpan): void {
  const data = zstdCompressSync(encodeBlock(index, span), ZSTD);
  const crc = checksum(span.firstId, span.firstSymbol, data);
  db.prepare(SQL.insertSeriesBlock).run(span.firstId, span.count, span.firstSymbol, span.symbols, crc, data);
}

/**
 * Adds to `index` the series and symbols that the file has and it does not; returns the blocks read.
 * @throws DamagedError where a block is
 */
export function loadSeries(db: Database, index: SeriesIndex): BlockSpan[] {
  const spans: BlockSpan[] = [];
  for (const row of db.prepare<BlockRow>(SQL.seriesBlocksFrom).all(index.count + 1, index.count + 1)) {
    const what = `Series block at ${row.first_id}`;
    verifyChecksum(what, row.first_id, row.first_symbol, row.data, row.crc);
    if (row.first_id > index.count + 1 || row.first_symbol > index.symbolCount)
      throw new DamagedError(`${what} does not follow the one before it`);
    decodeBlock(zstdDecompressSync(row.data, { maxOutputLength: BLOCK_BYTES_MAX }), row, index);
    spans.push({
      firstId: row.first_id,
      count: row.count,
      firstSymbol: row.first_symbol,
      symbols: row.symbols,
    });
  }
  return spans;
}

function encodeBlock(index: SeriesIndex, span: BlockSpan): Uint8Array {
  const out = new ByteWriter(16 * 1024);
  let text = '';
  for (let symbol = span.firstSymbol; symbol < span.firstSymbol + span.symbols; symbol++) {
    out.varint(index.text(symbol).length);
    text += index.text(symbol);
  }
  const bytes = Buffer.from(text, 'utf8');
  out.varint(bytes.length);
  out.append(bytes);
  let before: Int32Array = new Int32Array(0);
  let bucket = 0;
  for (let id = span.firstId; id < span.firstId + span.count; id++) {
    const labels = index.labels(id);
    out.varint(labels.length / 2);
    for (let i = 0; i < labels.length; i++) out.signedVarint(labels[i] - (i < before.length ? before[i] : 0));
    out.signedVarint(index.bucket(id) - bucket);
    before = labels;
    bucket = index.bucket(id);
  }
  return out.view();
}

function decodeBlock(bytes: Uint8Array, row: BlockRow, index: SeriesIndex): void {
  const reader = new ByteReader(bytes);
  const lengths = new Int32Array(row.symbols);
  for (let i = 0; i < lengths.length; i++) lengths[i] = reader.varint();
  const encoded = reader.take(reader.varint());
  const text = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length).toString('utf8');
  for (let i = 0, at = 0; i < lengths.length; at += lengths[i++])
    if (row.first_symbol + i >= index.symbolCount) index.intern(text.slice(at, at + lengths[i]));
  let labels = new Int32Array(64);
  let before = 0;
  let bucket = 0;
  for (let id = row.first_id; id < row.first_id + row.count; id++) {
    const length = 2 * reader.varint();
    if (length > labels.length) {
      const wider = new Int32Array(length * 2);
      wider.set(labels);
      labels = wider;
    }
    for (let i = 0; i < length; i++) labels[i] = reader.signedVarint() + (i < before ? labels[i] : 0);
    bucket += reader.signedVarint();
    before = length;
    if (id > index.count) index.add(labels.subarray(0, length), bucket);
  }
  reader.finish();
}
