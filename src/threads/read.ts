// The reading service of one thread: a reader on the store's file and an engine. Also computes folds and merges,
// because that is reading too: the result goes to the writer as a patch.
import { createEngine, type Engine, type EngineOptions } from '../../query/engine.ts';
import {
  Checkpointer,
  computeFold,
  computeMerge,
  FoldTrigger,
  openStore,
  type Patch,
  type Reader,
  type StoreOptions,
} from '../../storage/index.ts';
import { nativeBinding } from '../packaging.ts';
import { answer } from './answer.ts';
import type { AnswerBody, MainThread, ReadRequest } from './services.ts';

export interface ReadOptions {
  readonly storePath: string;
  readonly store: StoreOptions;
  readonly engine: EngineOptions;
  /** The longest evaluation, and the default. */
  readonly timeoutMs: number;
  /** In shared memory; any value but 0 cancels what runs. */
  readonly cancelFlag?: Int32Array;
}

export interface ReadService {
  answer(request: ReadRequest): AnswerBody;
  /** The fold or merge that is most due now (with `all`: that is possible at all), computed; null when none is. */
  computePatch(nowMs: number, all: boolean): Patch | null;
  /** Moves committed pages from the write-ahead log into the file; with `all` everything, waiting for others. */
  checkpoint(all: boolean): void;
  close(): void;
}

/** Starts the service. The file is opened at the first request, so the writer may still be creating it. */
export function startRead(options: ReadOptions, _main: MainThread): ReadService {
  let reader: Reader | undefined;
  let engine: Engine | undefined;
  let checkpointer: Checkpointer | undefined;
  const trigger = new FoldTrigger();
  const open = (): Reader => {
    const settings = { ...options.store, readOnly: true, nativeBinding: nativeBinding() };
    reader ??= openStore(options.storePath, settings).reader();
    return reader;
  };
  return {
    answer: (request) => {
      engine ??= createEngine(options.engine);
      return answer(open(), engine, request, options);
    },
    computePatch: (nowMs, all) => {
      const fold = all || trigger.isDue(open(), nowMs) ? computeFold(open()) : null;
      return fold ?? computeMerge(open(), { nowMs, all });
    },
    checkpoint: (all) => {
      checkpointer ??= new Checkpointer(options.storePath, { nativeBinding: nativeBinding() });
      if (all) checkpointer.truncate();
      else checkpointer.checkpoint();
    },
    close: () => {
      checkpointer?.close();
      reader?.close();
    },
  };
}
