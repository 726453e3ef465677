// Upkeep that takes writer and reader together. In the server they live on different threads and the caller carries
// patches from one to the other; here both are at hand.
import type { Checkpoint, ConnectionOptions, Database } from './db/database.ts';
import { openForCheckpoints } from './db/database.ts';
import { computeFold } from './fold.ts';
import { computeMerge } from './merge.ts';
import type { Patch } from './patch.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** A connection of its own that moves the WAL file's pages into the main file, on any thread. */
export class Checkpointer {
  readonly #db: Database;

  constructor(path: string, options: ConnectionOptions = {}) {
    this.#db = openForCheckpoints(path, options);
  }

  /** Moves what no reader still needs in the WAL file; waits for nobody. Call about once a second. */
  checkpoint(): Checkpoint {
    return this.#db.checkpoint('passive');
  }

  /** Moves all and empties the WAL file; waits for writer and readers, up to the busy timeout. */
  truncate(): Checkpoint {
    return this.#db.checkpoint('truncate');
  }

  close(): void {
    this.#db.close();
  }
}

/** Applies all of a patch at once. */
export function applyWhole(writer: Writer, patch: Patch): void {
  for (let next = 0; next < patch.units.length; ) next = writer.applyPatch(patch, next, Infinity);
}

/** Folds the whole journal. Returns the number of samples that went to pages. */
export function foldAll(writer: Writer, reader: Reader): number {
  writer.commit();
  let samples = 0;
  for (let patch = computeFold(reader); patch; patch = computeFold(reader)) {
    applyWhole(writer, patch);
    samples += patch.samples;
  }
  return samples;
}

/** Folds and merges all, deletes what is dead, gives free space back and empties the WAL file. */
export function compactAll(writer: Writer, reader: Reader, checkpointer: Checkpointer, nowMs: number): void {
  foldAll(writer, reader);
  const options = { nowMs, all: true };
  for (let patch = computeMerge(reader, options); patch; patch = computeMerge(reader, options)) {
    applyWhole(writer, patch);
    while (writer.collect());
    checkpointer.checkpoint();
  }
  while (writer.collect());
  while (writer.vacuum(0));
  checkpointer.truncate();
}
