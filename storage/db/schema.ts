// Tables of the store's file, as numbered migrations, and views for people who open it with sqlite3.
import { StorageError } from '../errors.ts';
import type { Database } from './database.ts';
import { APPLICATION_ID } from './database.ts';

/**
 * Migration k brings a file from `user_version` k to k + 1; a new file runs them all. Never edit one that was
 * released: add another.
 */
const MIGRATIONS: readonly string[] = [
  `
  -- Single numbers by name.
  CREATE TABLE state (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Series first_id … first_id + count - 1: their labels as symbols, and the texts of the symbols that came with them.
  CREATE TABLE series_blocks (
    first_id     INTEGER PRIMARY KEY,
    count        INTEGER NOT NULL,
    first_symbol INTEGER NOT NULL,
    symbols      INTEGER NOT NULL,
    crc          INTEGER NOT NULL,
    data         BLOB NOT NULL
  ) STRICT;

  -- Ordered lists of series: what one target yields in one scrape.
  CREATE TABLE layouts (
    id     INTEGER PRIMARY KEY,
    hash   INTEGER NOT NULL,
    series INTEGER NOT NULL,
    crc    INTEGER NOT NULL,
    data   BLOB NOT NULL
  ) STRICT;

  -- What is not folded into pages yet. layout > 0: one scrape (end_ms null), as what changed since the keyframe row
  -- base (null: it is one itself). layout 0: samples of any series with times from start_ms to end_ms.
  CREATE TABLE journal (
    seq      INTEGER PRIMARY KEY,
    layout   INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms   INTEGER,
    base     INTEGER,
    crc      INTEGER NOT NULL,
    data     BLOB NOT NULL
  ) STRICT;

  -- Journal rows of a layout up to seq live in pages, the last of them at end_ms; what the journal still has is dead.
  CREATE TABLE folded (
    layout INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL,
    end_ms INTEGER NOT NULL
  ) STRICT;

  -- Sample times that columns share.
  CREATE TABLE timelines (
    id   INTEGER PRIMARY KEY,
    crc  INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;

  -- Columns, append-only; directory tells whose and when.
  CREATE TABLE pages (
    id   INTEGER PRIMARY KEY,
    data BLOB NOT NULL
  ) STRICT;

  -- level 1: page of a layout (owner), made by a fold, with the series that belong to buckets first_bucket …
  -- last_bucket. level 2: page of a bucket (owner), made by a merge. level 3: page of a bucket, made by
  -- folding batches. level 9: page that was found damaged; nobody reads it. level 0: page that is
  -- replaced, to be deleted bit by bit.
  CREATE TABLE directory (
    level        INTEGER NOT NULL,
    owner        INTEGER NOT NULL,
    start_ms     INTEGER NOT NULL,
    page         INTEGER NOT NULL,
    end_ms       INTEGER NOT NULL,
    first_bucket INTEGER NOT NULL,
    last_bucket  INTEGER NOT NULL,
    columns      INTEGER NOT NULL,
    -- Samples of the longest column.
    rows         INTEGER NOT NULL,
    samples      INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,
    PRIMARY KEY (level, owner, start_ms, page)
  ) STRICT, WITHOUT ROWID;

  -- Which series have samples in pages, by windows of time.
  CREATE TABLE activity (
    window_ms INTEGER PRIMARY KEY,
    crc       INTEGER NOT NULL,
    data      BLOB NOT NULL
  ) STRICT;

  CREATE TABLE metadata (
    metric TEXT PRIMARY KEY,
    type   TEXT NOT NULL,
    help   TEXT NOT NULL,
    unit   TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- For people.
  CREATE VIEW journal_rows AS
    SELECT j.seq, j.layout, l.series,
      datetime(j.start_ms / 1000.0, 'unixepoch', 'subsec') AS at,
      CASE WHEN j.layout = 0 THEN 'batch' WHEN j.base IS NULL THEN 'keyframe' ELSE 'row' END AS kind,
      length(j.data) AS bytes,
      j.seq <= coalesce(f.seq, 0) AS dead
    FROM journal j LEFT JOIN layouts l ON l.id = j.layout LEFT JOIN folded f ON f.layout = j.layout;
  CREATE VIEW page_list AS
    SELECT page, CASE level WHEN 0 THEN 'dead' WHEN 1 THEN 'layout' WHEN 9 THEN 'damaged' ELSE 'bucket' END AS kind, owner,
      datetime(start_ms / 1000.0, 'unixepoch', 'subsec') AS first,
      datetime(end_ms / 1000.0, 'unixepoch', 'subsec') AS last,
      columns, samples, bytes, round(1.0 * bytes / nullif(samples, 0), 3) AS bytes_per_sample
    FROM directory;
  CREATE VIEW summary AS
    SELECT (SELECT coalesce(sum(count), 0) FROM series_blocks) AS series,
      (SELECT count(*) FROM layouts) AS layouts,
      (SELECT count(*) FROM journal) AS journal_rows,
      (SELECT coalesce(sum(length(data)), 0) FROM journal) AS journal_bytes,
      (SELECT count(*) FROM directory) AS pages,
      (SELECT coalesce(sum(samples), 0) FROM directory) AS samples_in_pages,
      (SELECT coalesce(sum(bytes), 0) FROM directory) AS page_bytes;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings a file to the present schema, each step in a transaction of its own. */
export function migrate(db: Database): void {
  for (let version = db.pragma('user_version'); version < SCHEMA_VERSION; version++) {
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(MIGRATIONS[version]);
      db.exec(`PRAGMA user_version = ${version + 1}`);
      db.exec('COMMIT');
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** @throws StorageError where the file is not Ferula's, or of a schema that this program does not read */
export function assertReadable(db: Database): void {
  assertOurs(db);
  const version = db.pragma('user_version');
  if (version < SCHEMA_VERSION)
    throw new StorageError(
      'version',
      `${db.path} has the older schema ${version}; open it once for writing to bring it to ${SCHEMA_VERSION}`,
    );
}

/** @throws StorageError where the file is not Ferula's or is newer than this program */
export function assertOurs(db: Database): void {
  if (db.pragma('application_id') !== APPLICATION_ID)
    throw new StorageError(
      'unreadable',
      `${db.path} is an SQLite file of another program, not a Ferula store; give the path of a store, or of a file that does not exist yet`,
    );
  const version = db.pragma('user_version');
  if (version > SCHEMA_VERSION)
    throw new StorageError(
      'version',
      `${db.path} has schema ${version}, this Ferula knows ${SCHEMA_VERSION}: it was written by a newer version, use that one`,
    );
}
