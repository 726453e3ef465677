// A script's store in a real file: what the server uses, in a temporary folder that goes with `close`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Reader, type Store } from '../../storage/index.ts';
import type { ScriptStore } from './run.ts';

/** A ScriptStore that is to be closed. */
export interface FileStore extends ScriptStore {
  close(): void;
}

/** Scripts begin in 1970 and may go on for centuries. */
const FAR_FUTURE_MS = 8.64e15;

/** Makes an empty store in a new temporary folder. */
export function createFileStore(nativeBinding?: string | object): FileStore {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-promql-'));
  let generation = 0;
  let store: Store | null = null;
  let reader: Reader | null = null;
  const open = (): Store => {
    store ??= openStore(join(folder, `${generation}.db`), {
      now: () => FAR_FUTURE_MS,
      // A later load may add to the past.
      outOfOrderMs: FAR_FUTURE_MS,
      ...(nativeBinding === undefined ? {} : { nativeBinding }),
    });
    return store;
  };
  const reset = (): void => {
    store?.close();
    if (store) rmSync(join(folder, `${generation}.db`), { force: true });
    store = null;
    reader = null;
    generation++;
  };
  return {
    append(labels, times, values) {
      const writer = open().writer();
      const ids = new Int32Array(times.length).fill(writer.seriesId(labels));
      const counts = writer.appendSamples(ids, times, values, times.length);
      if (counts.appended + counts.duplicate !== times.length)
        throw new Error(`the store refused samples of ${labels.join(' ')}: ${JSON.stringify(counts)}`);
    },
    commit: () => open().writer().commit(),
    source() {
      reader ??= open().reader();
      return reader;
    },
    reset,
    close() {
      reset();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
