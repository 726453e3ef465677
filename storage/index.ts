// The door of the store: rows in, columns out, one file between.
export type { CheckResult } from './check.ts';
export { checkStore } from './check.ts';
export type { Checkpoint } from './db/database.ts';
export { setStatementHook } from './db/database.ts';
export { DamagedError, StorageError } from './errors.ts';
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
export type { Store, StoreOptions } from './store.ts';
export { openStore } from './store.ts';
export type { Writer } from './writer.ts';
