// Every SQL text of the store, by name.

export const SQL = {
  begin: 'BEGIN IMMEDIATE',
  beginRead: 'BEGIN',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',

  freePages: 'PRAGMA freelist_count',
  dataVersion: 'PRAGMA data_version',
  integrityCheck: 'PRAGMA integrity_check',

  getState: 'SELECT value FROM state WHERE key = ?',
  setState:
    'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',

  insertSeriesBlock:
    'INSERT INTO series_blocks (first_id, count, first_symbol, symbols, crc, data) VALUES (?, ?, ?, ?, ?, ?)',
  deleteSeriesBlocks: 'DELETE FROM series_blocks WHERE first_id BETWEEN ? AND ?',
  /** Blocks with series from an id on. */
  seriesBlocksFrom: `SELECT first_id, count, first_symbol, symbols, crc, data FROM series_blocks
    WHERE first_id >= coalesce((SELECT max(first_id) FROM series_blocks WHERE first_id <= ?), 0)
      AND first_id + count > ?
    ORDER BY first_id`,

  insertLayout: 'INSERT INTO layouts (id, hash, series, crc, data) VALUES (?, ?, ?, ?, ?)',
  layoutById: 'SELECT id, series, crc, data FROM layouts WHERE id = ?',
  layoutHashes: 'SELECT id, hash FROM layouts',
  layoutIds: 'SELECT id FROM layouts',

  insertJournal:
    'INSERT INTO journal (seq, layout, start_ms, end_ms, base, crc, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
  /** The journal without its data, from a seq on. */
  journalFrom:
    'SELECT seq, layout, start_ms, end_ms, base, length(data) AS bytes FROM journal WHERE seq > ? ORDER BY seq',
  journalData: 'SELECT start_ms, crc, data FROM journal WHERE seq = ?',
  journalBounds: 'SELECT min(seq) AS first, max(seq) AS last FROM journal',
  folded: 'SELECT layout, seq, end_ms FROM folded',
  /** The last seq ever given, also where its row is gone. */
  lastSeq:
    'SELECT max(seq) AS seq FROM (SELECT max(seq) AS seq FROM journal UNION ALL SELECT max(seq) FROM folded)',
  /** Newest time of each layout in the journal or in pages of its own. */
  layoutEnds: `SELECT layout, max(end_ms) AS end_ms FROM (
      SELECT layout, max(start_ms) AS end_ms FROM journal WHERE layout > 0 GROUP BY layout
      UNION ALL SELECT owner, max(end_ms) FROM directory WHERE level = 1 GROUP BY owner)
    GROUP BY layout`,
  journalBatches: 'SELECT seq FROM journal WHERE layout = ? ORDER BY seq',

  timelineById: 'SELECT id, crc, data FROM timelines WHERE id = ?',
  timelineIds: 'SELECT id FROM timelines',
  insertTimeline: 'INSERT INTO timelines (id, crc, data) VALUES (?, ?, ?)',
  deleteTimeline: 'DELETE FROM timelines WHERE id = ?',

  insertPage: 'INSERT INTO pages (id, data) VALUES (?, ?)',
  pageData: 'SELECT data FROM pages WHERE id = ?',
  deletePage: 'DELETE FROM pages WHERE id = ?',
  /** Pages of a change that was not finished: those behind all that the directory has. */
  buryUnfinished: `INSERT INTO directory
      (level, owner, start_ms, page, end_ms, first_bucket, last_bucket, columns, rows, samples, bytes)
    SELECT 0, 0, 0, id, 0, 0, 0, 0, 0, 0, 0 FROM pages
    WHERE id > coalesce((SELECT max(page) FROM directory), 0)`,
  /** Lost pages; those of an unfinished change are not, the next writer deletes them. */
  unreferencedPages: `SELECT id FROM pages WHERE id < (SELECT max(page) FROM directory)
    EXCEPT SELECT page FROM directory`,
  deadPages: 'SELECT owner, start_ms, page FROM directory WHERE level = 0 LIMIT ?',

  insertDirectory: `INSERT INTO directory
    (level, owner, start_ms, page, end_ms, first_bucket, last_bucket, columns, rows, samples, bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  /** Moves a page to another level. */
  moveDirectory: 'UPDATE directory SET level = ? WHERE level = ? AND owner = ? AND start_ms = ? AND page = ?',
  deleteDirectory: 'DELETE FROM directory WHERE level = ? AND owner = ? AND start_ms = ? AND page = ?',
  directoryAll: 'SELECT * FROM directory',
  directoryOfLevel: 'SELECT * FROM directory WHERE level = ?',
  /** Pages with fewer rows than some. */
  sparsePages: 'SELECT * FROM directory WHERE level = ? AND rows <= ?',
  directoryInRange: 'SELECT * FROM directory WHERE level = ? AND start_ms <= ? AND end_ms >= ?',
  directoryOfOwner: 'SELECT * FROM directory WHERE level = ? AND owner = ? AND start_ms <= ? AND end_ms >= ?',
  newestPageEnd: 'SELECT max(end_ms) AS end_ms FROM directory WHERE level > 0',
  bucketPagesNewestFirst: 'SELECT * FROM directory WHERE level IN (2, 3) AND owner = ? ORDER BY end_ms DESC',

  setFolded: `INSERT INTO folded (layout, seq, end_ms) VALUES (?, ?, ?)
    ON CONFLICT (layout) DO UPDATE SET seq = excluded.seq, end_ms = max(end_ms, excluded.end_ms)`,
  deleteJournal: 'DELETE FROM journal WHERE seq < ? AND seq < (SELECT min(seq) FROM journal) + ?',

  activity: 'SELECT window_ms, crc, data FROM activity WHERE window_ms BETWEEN ? AND ?',
  setActivity: `INSERT INTO activity (window_ms, crc, data) VALUES (?, ?, ?)
    ON CONFLICT (window_ms) DO UPDATE SET crc = excluded.crc, data = excluded.data`,

  upsertMetadata: `INSERT INTO metadata (metric, type, help, unit) VALUES (?, ?, ?, ?)
    ON CONFLICT (metric) DO UPDATE SET type = excluded.type, help = excluded.help, unit = excluded.unit`,
  metadata: 'SELECT metric, type, help, unit FROM metadata ORDER BY metric',
  metadataOf: 'SELECT metric, type, help, unit FROM metadata WHERE metric = ?',
} as const;

/** Bounds of a range of times (ends may be infinite) as integers that SQLite can hold. */
export function sqlRange(startMs: number, endMs: number): [number, number] {
  return [
    Math.ceil(Math.max(startMs, -Number.MAX_SAFE_INTEGER)),
    Math.floor(Math.min(endMs, Number.MAX_SAFE_INTEGER)),
  ];
}
