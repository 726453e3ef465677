// Type, help and unit of metrics, as targets state them.
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import type { MetricMetadata } from './source.ts';

/** Writes what is new; remembers what was stated last, since every scrape states it all again. */
export class MetadataWriter {
  readonly #db: Database;
  readonly #known = new Map<string, MetricMetadata>();

  constructor(db: Database) {
    this.#db = db;
    this.reload();
  }

  /** Forgets what a transaction that was rolled back had written. */
  reload(): void {
    this.#known.clear();
    for (const entry of readMetadata(this.#db)) this.#known.set(entry.metric, entry);
  }

  /** Those of `metadata` that say something new. */
  changes(metadata: readonly MetricMetadata[]): MetricMetadata[] {
    return metadata.filter((entry) => {
      const known = this.#known.get(entry.metric);
      return !known || known.type !== entry.type || known.help !== entry.help || known.unit !== entry.unit;
    });
  }

  /** Stores one statement; the caller holds a transaction. */
  put(entry: MetricMetadata): void {
    const { metric, type, help, unit } = entry;
    this.#db.prepare(SQL.upsertMetadata).run(metric, type, help, unit);
    this.#known.set(metric, { metric, type, help, unit });
  }
}

export function readMetadata(db: Database, metric?: string): MetricMetadata[] {
  if (metric === undefined) return db.prepare<MetricMetadata>(SQL.metadata).all();
  return db.prepare<MetricMetadata>(SQL.metadataOf).all(metric);
}
