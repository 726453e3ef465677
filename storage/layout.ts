// Layouts: the ordered list of series that one target's scrape yields. A row of the journal names its layout and is
// then nothing but values.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { checksum, verifyChecksum } from './checksum.ts';
import { ByteReader, ByteWriter } from './codec/bytes.ts';
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { DamagedError } from './errors.ts';

/** Larger than any layout: what claims more when decompressed is damaged. */
const LAYOUT_BYTES_MAX = 2 ** 26;

interface LayoutRow {
  id: number;
  series: number;
  crc: number;
  data: Uint8Array;
}

/** Writes one layout; the caller holds a transaction. */
export function insertLayout(db: Database, id: number, seriesIds: Int32Array): void {
  const out = new ByteWriter(2 * seriesIds.length + 16);
  let before = 0;
  for (let i = 0; i < seriesIds.length; i++) {
    out.signedVarint(seriesIds[i] - before);
    before = seriesIds[i];
  }
  const data = zstdCompressSync(out.view());
  const crc = checksum(id, seriesIds.length, data);
  db.prepare(SQL.insertLayout).run(id, layoutHash(seriesIds), seriesIds.length, crc, data);
}

/**
 * The series of a layout.
 * @throws DamagedError where the layout is damaged or missing
 */
export function loadLayout(db: Database, id: number): Int32Array {
  const row = db.prepare<LayoutRow>(SQL.layoutById).get(id);
  if (!row) throw new DamagedError(`Layout ${id} is missing`);
  return decodeLayout(row);
}

/** A whole number below 2^48, to find a layout by its series. */
export function layoutHash(seriesIds: Int32Array): number {
  let a = 0x811c9dc5;
  let b = seriesIds.length;
  for (let i = 0; i < seriesIds.length; i++) {
    a = Math.imul(a ^ seriesIds[i], 0x01000193);
    b = Math.imul(b ^ seriesIds[i], 0x9e3779b1);
    b ^= b >>> 15;
  }
  return ((b >>> 0) & 0xffff) * 2 ** 32 + (a >>> 0);
}

export function sameIds(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function decodeLayout(row: LayoutRow): Int32Array {
  verifyChecksum(`Layout ${row.id}`, row.id, row.series, row.data, row.crc);
  const reader = new ByteReader(zstdDecompressSync(row.data, { maxOutputLength: LAYOUT_BYTES_MAX }));
  const ids = new Int32Array(row.series);
  let before = 0;
  for (let i = 0; i < ids.length; i++) {
    before += reader.signedVarint();
    ids[i] = before;
  }
  reader.finish();
  return ids;
}
