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
import { answer, answerChunks } from './answer.ts';
import type { AnswerBody, MainThread, PatchKind, ReadRequest } from './services.ts';

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
  /** Begins an answer that is fetched piece by piece with `next`; one at a time. */
  open(request: ReadRequest): AnswerPart;
  /** The next piece of the open answer. */
  next(): AnswerPart;
  /** Gives up the open answer, if there is one. */
  abandon(): void;
  /** How many series have had samples since a time. */
  seriesSince(startMs: number): number;
  /** The fold or merge that is most due now (with `all`: that is possible at all), computed; null when none is. */
  computePatch(nowMs: number, what: PatchKind): Patch | null;
  /** Moves committed pages from the write-ahead log into the file; with `all` everything, waiting for others. */
  checkpoint(all: boolean): void;
  close(): void;
}

/** A piece of an answer. */
export interface AnswerPart {
  readonly chunks: AnswerBody;
  /** Whether another piece follows. */
  readonly more: boolean;
}

/** Bytes that are gathered before they are handed on: few messages, little in flight. */
const PART_BYTES = 1 << 20;

/** Starts the service. The file is opened at the first request, so the writer may still be creating it. */
export function startRead(options: ReadOptions, _main: MainThread): ReadService {
  let reader: Reader | undefined;
  let engine: Engine | undefined;
  let checkpointer: Checkpointer | undefined;
  const trigger = new FoldTrigger();
  const open = (): Reader => {
    reader ??= openStore(options.storePath, {
      ...options.store,
      readOnly: true,
      nativeBinding: nativeBinding(),
    }).reader();
    return reader;
  };
  const settings = { ...options, lookbackMs: options.engine.lookbackMs };
  let current: Generator<Uint8Array, void> | undefined;
  const abandon = (): void => {
    current?.return();
    current = undefined;
  };
  const next = (): AnswerPart => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    while (current && bytes < PART_BYTES) {
      const { value, done } = current.next();
      if (done) {
        current = undefined;
        break;
      }
      chunks.push(value);
      bytes += value.length;
    }
    return { chunks, more: current !== undefined };
  };
  return {
    answer: (request) => {
      engine ??= createEngine(options.engine);
      return answer(open(), engine, request, settings);
    },
    open: (request) => {
      abandon();
      engine ??= createEngine(options.engine);
      current = answerChunks(open(), engine, request, settings);
      return next();
    },
    next,
    abandon,
    seriesSince: (startMs) => {
      const view = open().view();
      try {
        return view.select([], startMs, Number.MAX_SAFE_INTEGER).count;
      } finally {
        view.close();
      }
    },
    computePatch: (nowMs, what) => {
      if (what === 'fold') return computeFold(open());
      if (what === 'merge') return computeMerge(open(), { nowMs, all: true });
      const fold = trigger.isDue(open(), nowMs) ? computeFold(open()) : null;
      return fold ?? computeMerge(open(), { nowMs });
    },
    checkpoint: (all) => {
      checkpointer ??= new Checkpointer(options.storePath, { nativeBinding: nativeBinding() });
      if (all) checkpointer.truncate();
      else checkpointer.checkpoint();
    },
    close: () => {
      abandon();
      checkpointer?.close();
      reader?.close();
    },
  };
}
