// The door of the store: rows in, columns out, one file between.
//
// A scrape is a row: one time, thousands of values. A query wants columns: one series, thousands of times. The writer
// appends rows to the journal; a fold turns them into pages of columns, a merge small pages into large ones. One file
// holds all of it; one writer and any number of readers, in threads and processes, share nothing else.
//
//   contracts   source.ts reading, sink.ts writing, model/ labels, matchers, samples
//   the file    store.ts, db/database.ts connections, db/schema.ts tables, db/statements.ts every SQL text
//   series      series-index.ts labels by id, series-block.ts and series-store.ts their blocks in the file,
//               postings.ts from matchers to ids, bucket.ts which lie together, layout.ts what one scrape yields,
//               places.ts and place-index.ts who stands where in it, activity.ts which have samples when, metadata.ts
//   writing     writer.ts, journal.ts rows and batches, tails.ts and tail-lookup.ts what is late or doubled
//   upkeep      fold.ts (fold-rows.ts, fold-policy.ts), merge.ts (merge-plan.ts), bucket-pages.ts, batch-gather.ts;
//               patch.ts what they compute, patch-apply.ts how the writer applies it; maintenance.ts, check.ts
//   reading     reader.ts, read-state.ts, view.ts, series-set.ts: a column from its parts (part.ts, timeline-plan.ts),
//               those in pages (page-columns.ts, page-cache.ts) and those in the journal (journal-columns.ts,
//               journal-directory.ts, row-columns.ts, batch-index.ts)
//   bytes       codec/, page.ts, timeline.ts, timelines.ts and shared-timelines.ts, checksum.ts, errors.ts
//
// @example
//   const store = openStore('ferula.db');
//   const writer = store.writer();
//   const up = writer.seriesId(['__name__', 'up', 'job', 'node']);
//   const layout = writer.layoutId(Int32Array.of(up));
//   writer.appendRow(layout, Date.now(), Float64Array.of(1));
//   writer.commit(); // durable and visible from here on
//
//   const reader = store.reader();
//   const view = reader.view(); // one moment of the store; close it soon
//   const set = view.select([createMatcher('__name__', '=', 'up')], Date.now() - 60_000, Date.now());
//   const column = new Column();
//   for (let i = 0; i < set.count; i++) {
//     set.read(i, column); // column.timeline.length samples: column.timeline.times and column.values
//   }
//   view.close();
//   store.close();
//
// Upkeep is the caller's to schedule: fold when `FoldTrigger.isDue`, merge while `computeMerge` finds something, on a
// thread that reads; `Writer.applyPatch`, `collect` and `vacuum` in slices on the thread that writes; a
// `Checkpointer` about once a second on any thread.
export type { CheckResult } from './check.ts';
export { checkStore } from './check.ts';
export type { Checkpoint } from './db/database.ts';
export { setStatementHook } from './db/database.ts';
export { DamagedError, SeriesLimitError, StorageError } from './errors.ts';
export { computeFold } from './fold.ts';
export type { FoldPolicy } from './fold-policy.ts';
export { FOLD_POLICY, FoldTrigger } from './fold-policy.ts';
export { applyWhole, Checkpointer, compactAll, foldAll } from './maintenance.ts';
export type { MergeOptions } from './merge.ts';
export { computeMerge } from './merge.ts';
export type { Patch } from './patch.ts';
export type { DamageReport, Reader } from './reader.ts';
export type { AppendCounts, Sink } from './sink.ts';
export type {
  Column,
  MetricMetadata,
  SeriesSet,
  Source,
  Symbols,
  TextList,
  Timeline,
  View,
} from './source.ts';
export type { LabelledSample, Store, StoreOptions } from './store.ts';
export { openStore } from './store.ts';
export type { Writer } from './writer.ts';
