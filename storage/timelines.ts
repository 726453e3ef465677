// Stored timelines: one row for each list of times that columns share.
import { checksum, verifyChecksum } from './checksum.ts';
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { DamagedError } from './errors.ts';
import type { Times } from './timeline.ts';
import { decodeTimeline } from './timeline.ts';

interface TimelineRow {
  id: number;
  crc: number;
  data: Uint8Array;
}

/** Writes a timeline under a new id; the caller holds a transaction. */
export function insertTimeline(db: Database, id: number, data: Uint8Array): void {
  db.prepare(SQL.insertTimeline).run(id, checksum(id, data.length, data), data);
}

/** @throws DamagedError */
export function loadTimeline(db: Database, id: number): Times {
  const row = db.prepare<TimelineRow>(SQL.timelineById).get(id);
  if (!row) throw new DamagedError(`Timeline ${id} is missing`);
  verifyChecksum(`Timeline ${id}`, id, row.data.length, row.data, row.crc);
  return decodeTimeline(row.data);
}
