// A store: one SQLite file, its writer and its readers.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Database, Synchronous } from './db/database.ts';
import { createFile, lockForWriting, openForReading, openForWriting } from './db/database.ts';
import { assertOurs, assertReadable, migrate } from './db/schema.ts';
import { StorageError } from './errors.ts';
import { labelsFromObject } from './model/labels.ts';
import { Reader } from './reader.ts';
import type { AppendCounts, Sink } from './sink.ts';
import { Writer } from './writer.ts';

const CACHE_BYTES = 48 * 2 ** 20;

export interface StoreOptions {
  /** True: never write, and take no lock; the file must exist. Any number may, beside one writer. */
  readonly readOnly?: boolean;
  /** `normal` (default): a killed process loses nothing, power loss the last commits; `full`: neither does. */
  readonly synchronous?: Synchronous;
  /** Samples older than this are refused; 0 (default): none is. */
  readonly retentionMs?: number;
  /** How far behind the store's newest sample late samples are taken; 0 (default): not at all. */
  readonly outOfOrderMs?: number;
  /** New series beyond this many are refused with a SeriesLimitError; 0 (default): none is. */
  readonly maxSeries?: number;
  /** Memory for decoded rows, pages and timelines of each reader; default 48 MiB. */
  readonly cacheBytes?: number;
  /** The clock, milliseconds since 1970. */
  readonly now?: () => number;
  /** SQLite's addon or its path, where it does not lie in node_modules (the single-file binary). */
  readonly nativeBinding?: string | object;
}

/** A sample with its series spelled out: labels with `__name__` among them, value, time (default: now). */
export interface LabelledSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timeMs?: number;
}

export interface Store {
  readonly path: string;
  /**
   * Stores samples and commits them at once: for a few of one's own. Whoever has many takes `writer()`.
   * @throws RangeError where labels are empty, SeriesLimitError beyond `maxSeries`; StorageError `unreadable` where the store is open read-only
   */
  append(samples: readonly LabelledSample[]): AppendCounts;
  /** The one writer. @throws StorageError `unreadable` where the store is open read-only */
  writer(): Writer;
  /** A new reader with a connection of its own, closed by its `close` or with the store. */
  reader(): Reader;
  /** Closes writer and readers; what was not committed is given up. */
  close(): void;
}

/**
 * Opens a store, or makes one where there is no file.
 * @throws StorageError where the file is locked by another writer, damaged, foreign, or newer than this program; the
 * file is then as it was
 */
export function openStore(path: string, options: StoreOptions = {}): Store {
  const file = resolve(path);
  return options.readOnly ? openReadOnly(file, options) : openWithWriter(file, options);
}

function openReadOnly(path: string, options: StoreOptions): Store {
  const readers = new Readers(path, options);
  // Whatever is wrong with the file is told now, not at the first query.
  readers.open().close();
  const refuse = (): never => {
    throw new StorageError('unreadable', `${path} was opened read-only`);
  };
  return {
    path,
    append: refuse,
    writer: refuse,
    reader: () => readers.open(),
    close: () => readers.close(),
  };
}

function openWithWriter(path: string, options: StoreOptions): Store {
  const lock = lockForWriting(path, options);
  let db: Database | undefined;
  try {
    if (!existsSync(path)) createFile(path, options, migrate);
    db = openForWriting(path, options.synchronous ?? 'normal', options, assertOurs);
    migrate(db);
    const writer = new Writer(db, {
      now: options.now ?? Date.now,
      retentionMs: options.retentionMs ?? 0,
      outOfOrderMs: options.outOfOrderMs ?? 0,
      maxSeries: options.maxSeries ?? 0,
    });
    const readers = new Readers(path, options);
    const connection = db;
    return {
      path,
      append: (samples) => append(writer, samples, (options.now ?? Date.now)()),
      writer: () => writer,
      reader: () => readers.open(),
      close() {
        readers.close();
        writer.close();
        connection.close();
        lock.release();
      },
    };
  } catch (error) {
    db?.close();
    lock.release();
    throw error;
  }
}

function append(sink: Sink, samples: readonly LabelledSample[], nowMs: number): AppendCounts {
  const ids = Int32Array.from(samples, ({ labels }) => sink.seriesId(labelsFromObject(labels)));
  const times = Float64Array.from(samples, ({ timeMs }) => timeMs ?? nowMs);
  const values = Float64Array.from(samples, ({ value }) => value);
  const counts = sink.appendSamples(ids, times, values, samples.length);
  sink.commit();
  return counts;
}

class Readers {
  readonly #path: string;
  readonly #options: StoreOptions;
  readonly #open = new Set<Reader>();

  constructor(path: string, options: StoreOptions) {
    this.#path = path;
    this.#options = options;
  }

  open(): Reader {
    const db = openForReading(this.#path, this.#options);
    try {
      assertReadable(db);
    } catch (error) {
      db.close();
      throw error;
    }
    const cacheBytes = this.#options.cacheBytes ?? CACHE_BYTES;
    const reader = new Reader(db, cacheBytes, () => this.#open.delete(reader));
    this.#open.add(reader);
    return reader;
  }

  close(): void {
    for (const reader of this.#open) reader.close();
  }
}
