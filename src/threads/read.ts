// The reading service of one thread: a reader on the store's file and an engine. Also computes folds, because that is
// reading too: the result goes to the writer as a patch.
import { createEngine, type Engine, type EngineOptions } from '../../query/engine.ts';
import { type FoldPatch, openStore, type Reader, type StoreOptions } from '../../storage/index.ts';
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
  /** What is due to be folded or merged now, computed; null when nothing is. */
  computeFold(nowMs: number, all: boolean): FoldPatch | null;
  checkpoint(): void;
  close(): void;
}

/** Starts the service. The file is opened at the first request, so the writer may still be creating it. */
export function startRead(options: ReadOptions, _main: MainThread): ReadService {
  let reader: Reader | undefined;
  let engine: Engine | undefined;
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
    computeFold: (nowMs, all) => open().computeFold(nowMs, all),
    checkpoint: () => open().checkpoint(),
    close: () => reader?.close(),
  };
}
