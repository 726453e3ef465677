// The writer's side of folds and merges: applies patches unit by unit, and deletes in slices what they left behind.
import { addActivity } from './activity.ts';
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import type { DirectoryEntry, Patch, PatchUnit } from './patch.ts';
import { LEVEL_DAMAGED, LEVEL_DEAD, readState, STATE } from './patch.ts';
import { insertTimeline } from './timelines.ts';

/** Pages deleted in one transaction, and journal rows. */
const DEAD_PAGES = 16;
const DEAD_ROWS = 500;
/** File pages given back in one transaction. */
const VACUUM_PAGES = 256;

export class PatchApplier {
  readonly #db: Database;
  #generation: number;
  /** The patch in progress, its next unit, and what of the journal will be dead after it. */
  #patch: Patch | null = null;
  #next = 0;
  #deadBelow = 0;

  /** Also gives up what an earlier process did not finish. */
  constructor(db: Database) {
    this.#db = db;
    this.#generation = readState(db, STATE.generation);
    db.prepare(SQL.buryUnfinished).run();
  }

  /**
   * Applies units from `next` on until `budgetMs` has passed, at least one, each in a transaction of its own. Returns
   * the number of the next unit, `patch.units.length` when done. `keep` tells the first journal row that is needed
   * however far a unit folds.
   * @throws RangeError where the patch was computed on another state: compute it anew
   */
  apply(patch: Patch, next: number, budgetMs: number, keep: (unit: PatchUnit) => number): number {
    if (next === 0) {
      if (patch.generation !== this.#generation)
        throw new RangeError(
          `Patch is for generation ${patch.generation}, the store is at ${this.#generation}`,
        );
      if (this.#patch) this.#transaction(() => this.#db.prepare(SQL.buryUnfinished).run());
      this.#patch = patch;
      this.#next = 0;
      this.#deadBelow = patch.journalDeadBelow;
    }
    if (patch.generation !== this.#patch?.generation || next !== this.#next)
      throw new RangeError('Patch is not the one that was begun: begin at its first unit');
    const until = performance.now() + budgetMs;
    do {
      const unit = patch.units[this.#next];
      const isLast = this.#next === patch.units.length - 1;
      this.#deadBelow = Math.min(this.#deadBelow, keep(unit));
      this.#transaction(() => {
        this.#applyUnit(unit);
        if (isLast && this.#deadBelow > readState(this.#db, STATE.journalDeadBelow))
          this.#setState(STATE.journalDeadBelow, this.#deadBelow);
      });
      this.#generation++;
      this.#next++;
    } while (this.#next < patch.units.length && performance.now() < until);
    if (this.#next === patch.units.length) this.#patch = null;
    return this.#next;
  }

  /** Deletes a slice of what is dead in journal and pages; false when nothing is left to delete. */
  collect(): boolean {
    const dead = this.#db.prepare<DirectoryEntry>(SQL.deadPages).all(DEAD_PAGES);
    if (dead.length > 0) {
      this.#transaction(() => {
        for (const { owner, start_ms, page } of dead) {
          this.#db.prepare(SQL.deletePage).run(page);
          this.#db.prepare(SQL.deleteDirectory).run(LEVEL_DEAD, owner, start_ms, page);
        }
      });
      return true;
    }
    const below = readState(this.#db, STATE.journalDeadBelow);
    if (below === 0) return false;
    let deleted = 0;
    this.#transaction(() => {
      deleted = this.#db.prepare(SQL.deleteJournal).run(below, DEAD_ROWS);
      if (deleted === 0) this.#setState(STATE.journalDeadBelow, 0);
    });
    return deleted > 0;
  }

  /** Gives free space at the end of the file back in a slice, down to `keepPages`; false when there is no more. */
  vacuum(keepPages: number): boolean {
    const free = this.#freePages();
    if (free <= keepPages) return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${Math.min(VACUUM_PAGES, free - keepPages)})`);
    return this.#freePages() < free;
  }

  #freePages(): number {
    return this.#db.prepare<{ freelist_count: number }>(SQL.freePages).get()?.freelist_count ?? 0;
  }

  #applyUnit(unit: PatchUnit): void {
    const db = this.#db;
    for (const { id, data } of unit.timelines) insertTimeline(db, id, data);
    for (const { id, data } of unit.pages) db.prepare(SQL.insertPage).run(id, data);
    for (const e of unit.removed)
      db.prepare(SQL.moveDirectory).run(LEVEL_DEAD, e.level, e.owner, e.start_ms, e.page);
    for (const e of unit.quarantined)
      db.prepare(SQL.moveDirectory).run(LEVEL_DAMAGED, e.level, e.owner, e.start_ms, e.page);
    for (const id of unit.deadTimelines) db.prepare(SQL.deleteTimeline).run(id);
    for (const e of unit.added) {
      const {
        level,
        owner,
        start_ms,
        page,
        end_ms,
        first_bucket,
        last_bucket,
        columns,
        rows,
        samples,
        bytes,
      } = e;
      db.prepare(SQL.insertDirectory).run(
        level,
        owner,
        start_ms,
        page,
        end_ms,
        first_bucket,
        last_bucket,
        columns,
        rows,
        samples,
        bytes,
      );
    }
    for (const { layout, seq, endMs } of unit.folded) db.prepare(SQL.setFolded).run(layout, seq, endMs);
    for (const activity of unit.activity) addActivity(db, activity);
    if (unit.pages.length > 0) this.#setState(STATE.lastPage, unit.pages[unit.pages.length - 1].id);
    if (unit.timelines.length > 0)
      this.#setState(STATE.lastTimeline, unit.timelines[unit.timelines.length - 1].id);
    this.#setState(STATE.generation, this.#generation + 1);
  }

  #setState(key: string, value: number): void {
    this.#db.prepare(SQL.setState).run(key, value);
  }

  #transaction(work: () => void): void {
    this.#db.prepare(SQL.begin).run();
    try {
      work();
      this.#db.prepare(SQL.commit).run();
    } catch (error) {
      if (this.#db.inTransaction) this.#db.prepare(SQL.rollback).run();
      throw error;
    }
  }
}
