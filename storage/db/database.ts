// The only file that knows the SQLite driver: opens connections with the settings that the store relies on, wraps
// statements so that every error names its SQL, and lets tests watch each statement.
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import SQLite from 'better-sqlite3';
import type { StorageErrorCode } from '../errors.ts';
import { StorageError } from '../errors.ts';

/** Older versions can damage a file when a checkpoint meets a write (https://sqlite.org/wal.html#walresetbug). */
const SQLITE_VERSION_MIN = [3, 51, 3];
/** 'Ferl': what `file` and SQLite itself know the file by. */
export const APPLICATION_ID = 0x4665726c;
const CACHE_KIB = 4096;
/** After a checkpoint has emptied it, the WAL file is cut down to this. */
const WAL_KEPT_BYTES = 8 * 2 ** 20;

export type Parameter = number | string | Uint8Array | null;

/** How far a commit goes: `full` also survives power loss, `normal` a killed process. */
export type Synchronous = 'normal' | 'full';

export interface ConnectionOptions {
  /** The driver's addon or its path, where it does not lie in node_modules (the single-file binary). */
  readonly nativeBinding?: string | object;
  /** How long a statement waits for another connection's lock. */
  readonly busyTimeoutMs?: number;
}

/** Called with the SQL text before each statement runs: lets a test die at any of them. Null outside tests. */
let statementHook: ((sql: string) => void) | null = null;

export function setStatementHook(hook: ((sql: string) => void) | null): void {
  statementHook = hook;
}

/** One prepared statement. Rows are objects by column name; integers come as numbers, blobs as buffers of their own. */
export class Statement<Row = unknown> {
  readonly #sql: string;
  readonly #statement: SQLite.Statement;

  /** @internal */
  constructor(sql: string, statement: SQLite.Statement) {
    this.#sql = sql;
    this.#statement = statement;
  }

  /** Runs a statement that answers no rows and tells how many rows it changed. */
  run(...parameters: Parameter[]): number {
    statementHook?.(this.#sql);
    try {
      return this.#statement.run(...parameters).changes;
    } catch (error) {
      throw storageError(error, this.#sql);
    }
  }

  get(...parameters: Parameter[]): Row | undefined {
    statementHook?.(this.#sql);
    try {
      return this.#statement.get(...parameters) as Row | undefined;
    } catch (error) {
      throw storageError(error, this.#sql);
    }
  }

  all(...parameters: Parameter[]): Row[] {
    statementHook?.(this.#sql);
    try {
      return this.#statement.all(...parameters) as Row[];
    } catch (error) {
      throw storageError(error, this.#sql);
    }
  }

  /** Hands each row to `visit`, without holding them all. The connection may run nothing else meanwhile. */
  visit(visit: (row: Row) => void, ...parameters: Parameter[]): void {
    statementHook?.(this.#sql);
    try {
      for (const row of this.#statement.iterate(...parameters)) visit(row as Row);
    } catch (error) {
      throw storageError(error, this.#sql);
    }
  }
}

/** What a checkpoint did: pages in the WAL file, and how many of them are in the main file now. */
export interface Checkpoint {
  readonly walPages: number;
  readonly movedPages: number;
  /** True where another connection stood in the way. */
  readonly wasBusy: boolean;
}

/** One connection. Statements are prepared once per text. */
export class Database {
  readonly path: string;
  readonly #db: SQLite.Database;
  readonly #statements = new Map<string, Statement>();

  /** @internal */
  constructor(path: string, db: SQLite.Database) {
    this.path = path;
    this.#db = db;
  }

  prepare<Row = unknown>(sql: string): Statement<Row> {
    let statement = this.#statements.get(sql);
    if (!statement) {
      try {
        statement = new Statement(sql, this.#db.prepare(sql));
      } catch (error) {
        throw storageError(error, sql);
      }
      this.#statements.set(sql, statement);
    }
    return statement as Statement<Row>;
  }

  /** Runs SQL text of one or several statements. */
  exec(sql: string): void {
    statementHook?.(sql);
    try {
      this.#db.exec(sql);
    } catch (error) {
      throw storageError(error, sql);
    }
  }

  /** The number a pragma answers. */
  pragma(name: string): number {
    statementHook?.(`PRAGMA ${name}`);
    try {
      return this.#db.pragma(name, { simple: true }) as number;
    } catch (error) {
      throw storageError(error, `PRAGMA ${name}`);
    }
  }

  /** Moves what the WAL file holds into the main file; `truncate` waits for readers and empties the WAL file. */
  checkpoint(mode: 'passive' | 'truncate'): Checkpoint {
    statementHook?.(`PRAGMA wal_checkpoint(${mode})`);
    try {
      const [row] = this.#db.pragma(`wal_checkpoint(${mode})`) as {
        busy: number;
        log: number;
        checkpointed: number;
      }[];
      return { walPages: row.log, movedPages: row.checkpointed, wasBusy: row.busy !== 0 };
    } catch (error) {
      throw storageError(error, `PRAGMA wal_checkpoint(${mode})`);
    }
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }
}

/**
 * Makes a store's file, empty but for what `fill` does. It gets its name when it is complete, so a killed process
 * leaves no half-made one.
 */
export function createFile(path: string, options: ConnectionOptions, fill: (db: Database) => void): void {
  const draft = `${path}-new`;
  for (const leftover of [draft, `${draft}-journal`]) rmSync(leftover, { force: true });
  const db = connect(draft, options, false);
  try {
    assertVersion(db);
    // These take effect only before the first table; the file grows and shrinks page by page.
    db.pragma('page_size = 4096');
    db.pragma('auto_vacuum = incremental');
    db.pragma(`application_id = ${APPLICATION_ID}`);
    fill(db);
  } finally {
    db.close();
  }
  statementHook?.(`rename ${draft}`);
  renameSync(draft, path);
}

/**
 * Opens the one connection that writes. `verify` refuses a file that is not ours before anything is changed.
 * @throws StorageError `unreadable` where the path is no SQLite file, `damaged` for an empty one
 */
export function openForWriting(
  path: string,
  synchronous: Synchronous,
  options: ConnectionOptions,
  verify: (db: Database) => void,
): Database {
  refuseWhatIsNoFile(path);
  const db = connect(path, options, false);
  try {
    assertVersion(db);
    verify(db);
    writingSettings(db, synchronous);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Opens a connection for checkpoints alone, so that they never run inside a commit. */
export function openForCheckpoints(path: string, options: ConnectionOptions): Database {
  refuseWhatIsNoFile(path);
  const db = connect(path, options, false);
  writingSettings(db, 'normal');
  return db;
}

function writingSettings(db: Database, synchronous: Synchronous): void {
  db.pragma('journal_mode = WAL');
  db.pragma(`synchronous = ${synchronous}`);
  // Checkpoints are asked for (Checkpointer), so that none ever runs inside a commit.
  db.pragma('wal_autocheckpoint = 0');
  db.pragma(`journal_size_limit = ${WAL_KEPT_BYTES}`);
  commonSettings(db);
}

/**
 * Opens a connection that only reads.
 * @throws StorageError `unreadable` where there is no such file
 */
export function openForReading(path: string, options: ConnectionOptions): Database {
  refuseWhatIsNoFile(path);
  const db = connect(path, options, true);
  try {
    assertVersion(db);
    commonSettings(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/**
 * Takes the right to write to the store at `path`, held until `release` or the end of the process. The lock is the
 * operating system's, on an empty file beside the store: it is never stale, and readers need none.
 * @throws StorageError `busy` where another writer has it
 */
export function lockForWriting(path: string, options: ConnectionOptions): { release(): void } {
  const folder = dirname(path);
  if (!existsSync(folder))
    throw new StorageError(
      'unreadable',
      `The folder ${folder} does not exist: make it, or give another path`,
    );
  const db = connect(`${path}-lock`, { ...options, busyTimeoutMs: 0 }, false);
  try {
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof StorageError && error.code === 'busy')
      throw new StorageError(
        'busy',
        `${path} is open for writing in another process or thread: stop that one first, or open the store read-only`,
        { cause: error },
      );
    throw error;
  }
  return { release: () => db.close() };
}

function connect(path: string, options: ConnectionOptions, readonly: boolean): Database {
  try {
    return new Database(
      path,
      new SQLite(path, {
        readonly,
        timeout: options.busyTimeoutMs ?? 5000,
        // The driver takes an addon object as well; its type declarations lag behind.
        ...(options.nativeBinding ? { nativeBinding: options.nativeBinding as string } : {}),
      }),
    );
  } catch (error) {
    throw storageError(error, `open ${path}`);
  }
}

function commonSettings(db: Database): void {
  db.pragma(`cache_size = -${CACHE_KIB}`);
  db.pragma('mmap_size = 0');
  db.pragma('cell_size_check = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('foreign_keys = ON');
  db.pragma('temp_store = MEMORY');
}

function refuseWhatIsNoFile(path: string): void {
  if (!existsSync(path)) throw new StorageError('unreadable', `There is no store at ${path}`);
  const stat = statSync(path);
  if (stat.isDirectory())
    throw new StorageError(
      'unreadable',
      `${path} is a folder; the store is one file, e.g. ${path}/ferula.db`,
    );
  if (stat.size === 0)
    throw new StorageError(
      'damaged',
      `${path} is empty, which no store ever is: restore it from a backup, or remove it to start anew`,
    );
}

function assertVersion(db: Database): void {
  const row = db.prepare<{ version: string }>('SELECT sqlite_version() AS version').get();
  const parts = (row?.version ?? '0').split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    if (parts[i] > SQLITE_VERSION_MIN[i]) return;
    if (parts[i] < SQLITE_VERSION_MIN[i])
      throw new StorageError(
        'unreadable',
        `SQLite ${row?.version} is too old, ${SQLITE_VERSION_MIN.join('.')} or later is needed: older ones can damage the file`,
      );
  }
}

function storageError(error: unknown, sql: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) {
    if (/database connection is not open/.test(error.message))
      return new StorageError('closed', `The store is closed (${short(sql)})`, { cause: error });
    return error;
  }
  return new StorageError(errorCode(code), `${error.message} (${code}, at: ${short(sql)})`, { cause: error });
}

function errorCode(code: string): StorageErrorCode {
  if (code === 'SQLITE_FULL') return 'full';
  if (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED') return 'busy';
  if (code.startsWith('SQLITE_CORRUPT')) return 'damaged';
  return 'unreadable';
}

function short(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}
