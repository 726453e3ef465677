// Verifies a store's file: SQLite's own structure, every checksum, and that all that refers to something finds it. Reads
// all of the file; for the command line, and for the end of tests.
import { ACTIVITY_WINDOW_MS, markActive } from './activity.ts';
import type { ConnectionOptions, Database } from './db/database.ts';
import { openForReading } from './db/database.ts';
import { assertReadable } from './db/schema.ts';
import { SQL } from './db/statements.ts';
import { StorageError } from './errors.ts';
import type { Bitset } from './model/sample.ts';
import { bitsetWords } from './model/sample.ts';
import type { DirectoryEntry } from './patch.ts';
import { LEVEL_DAMAGED, LEVEL_DEAD, LEVEL_LAYOUT } from './patch.ts';
import { isActive } from './postings.ts';
import { ReadState } from './read-state.ts';

export interface CheckResult {
  readonly series: number;
  readonly layouts: number;
  readonly pages: number;
  readonly timelines: number;
  readonly journalRows: number;
  /** In pages and journal; doubles between them are counted twice. */
  readonly samples: number;
  /** What is wrong, a sentence each; empty where nothing is. */
  readonly problems: readonly string[];
}

const CACHE_BYTES = 4 * 2 ** 20;

/** @throws StorageError where the file is no store */
export function checkStore(path: string, options: ConnectionOptions = {}): CheckResult {
  const db = openForReading(path, options);
  try {
    assertReadable(db);
    return new Check(db).run();
  } finally {
    db.close();
  }
}

class Check {
  readonly #db: Database;
  readonly #state: ReadState;
  readonly #problems: string[] = [];
  readonly #timelinesUsed = new Set<number>();
  #samples = 0;

  constructor(db: Database) {
    this.#db = db;
    this.#state = new ReadState(db, CACHE_BYTES);
  }

  run(): CheckResult {
    for (const { integrity_check } of this.#db.prepare<{ integrity_check: string }>(SQL.integrityCheck).all())
      if (integrity_check !== 'ok') this.#problems.push(`SQLite: ${integrity_check}`);
    const counts = { series: 0, layouts: 0, pages: 0, timelines: 0, journalRows: 0 };
    this.#try(() => {
      this.#state.begin();
      counts.series = this.#state.index.count;
      counts.layouts = this.#layouts();
      counts.pages = this.#pages();
      counts.timelines = this.#timelines();
      counts.journalRows = this.#journal();
      this.#unreferencedPages();
    });
    this.#state.end();
    return { ...counts, samples: this.#samples, problems: this.#problems };
  }

  /** Notes what goes wrong in `look` and goes on. */
  #try(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#problems.push(error.message);
    }
  }

  #ids(sql: string): number[] {
    return this.#db
      .prepare<{ id: number }>(sql)
      .all()
      .map(({ id }) => id);
  }

  #layouts(): number {
    const ids = this.#ids(SQL.layoutIds);
    const count = this.#state.index.count;
    for (const id of ids) {
      const before = this.#state.damageCount;
      const seriesIds = this.#state.layoutSeries(id);
      if (this.#state.damageCount > before) this.#problems.push(this.#state.damageMessage);
      if (seriesIds.some((series) => !(series >= 1 && series <= count)))
        this.#problems.push(`Layout ${id} names a series that does not exist`);
    }
    return ids.length;
  }

  #pages(): number {
    const entries = this.#db.prepare<DirectoryEntry>(SQL.directoryAll).all();
    for (const entry of entries) {
      if (entry.level === LEVEL_DEAD) continue;
      if (entry.level === LEVEL_DAMAGED) this.#problems.push(`Page ${entry.page} was found damaged before`);
      else this.#try(() => this.#page(entry));
    }
    return entries.length;
  }

  #page(entry: DirectoryEntry): void {
    const { index, pages } = this.#state;
    const page = pages.page(entry);
    const active = this.#activeDuring(entry);
    const members = entry.level === LEVEL_LAYOUT ? new Set(this.#state.layoutSeries(entry.owner)) : null;
    let samples = 0;
    let values = new Float64Array(0);
    for (let k = 0; k < page.count; k++) {
      const id = page.seriesId(k);
      const length = page.length(k);
      samples += length;
      const bucket = index.bucket(id);
      if (!(bucket >= entry.first_bucket && bucket <= entry.last_bucket) || members?.has(id) === false)
        this.#problems.push(`Page ${entry.page} holds series ${id}, which does not belong there`);
      if (!isActive(active, id))
        this.#problems.push(`Series ${id} of page ${entry.page} is in no activity window`);
      const timeline = pages.timeline(page.timelineId(k));
      this.#timelinesUsed.add(page.timelineId(k));
      if (timeline.length !== length || timeline.first < entry.start_ms || timeline.last > entry.end_ms)
        this.#problems.push(`Page ${entry.page}: the timeline of series ${id} does not fit`);
      if (values.length < length) values = new Float64Array(length);
      page.read(k, 0, length, values, 0);
    }
    if (samples !== entry.samples)
      this.#problems.push(`Page ${entry.page} has ${samples} samples, the directory says ${entry.samples}`);
    this.#samples += samples;
  }

  #activeDuring({ start_ms, end_ms }: DirectoryEntry): Bitset {
    const active = new Uint32Array(bitsetWords(this.#state.index.count + 1));
    markActive(this.#db, start_ms - ACTIVITY_WINDOW_MS, end_ms, active);
    return active;
  }

  #timelines(): number {
    const ids = this.#ids(SQL.timelineIds);
    for (const id of ids) if (!this.#timelinesUsed.has(id)) this.#try(() => this.#state.pages.timeline(id));
    return ids.length;
  }

  #journal(): number {
    const { directory, journal, keyframes } = this.#state;
    let rows = 0;
    for (const [id, { seqs, bases }] of directory.layouts) {
      const width = this.#state.layoutSeries(id).length;
      const values = new Float64Array(width);
      for (let r = 0; r < seqs.length; r++) {
        rows++;
        this.#samples += width;
        this.#try(() => {
          const keyframe = bases[r] === 0 ? null : keyframes.get(journal, bases[r], width);
          journal.row(seqs[r], width, keyframe, values);
        });
      }
    }
    for (const seq of directory.batches.seqs) {
      rows++;
      this.#try(() => {
        this.#samples += journal.batch(seq).count;
      });
    }
    return rows;
  }

  /** Pages that neither the directory nor the list of dead pages knows take space for ever. */
  #unreferencedPages(): void {
    const lost = this.#ids(SQL.unreferencedPages);
    if (lost.length > 0) this.#problems.push(`Pages that nothing refers to: ${lost.slice(0, 10).join(', ')}`);
  }
}
