// A reader (contract: Source in source.ts): one read-only connection and what it knows in memory. For one thread; any
// number of readers, in threads and other processes, stand beside one writer.
import type { Database } from './db/database.ts';
import { ReadState } from './read-state.ts';
import type { Source, Symbols, View } from './source.ts';
import { StoreView } from './view.ts';

/** What a reader could not read, for a metric and the log. */
export interface DamageReport {
  readonly count: number;
  /** The last of them. */
  readonly message: string;
}

export class Reader implements Source {
  readonly #state: ReadState;
  readonly #onClose: () => void;
  #view: StoreView | null = null;
  #isClosed = false;

  /** `onClose` is called once, when the reader was closed. */
  constructor(db: Database, cacheBytes: number, onClose: () => void) {
    this.#state = new ReadState(db, cacheBytes);
    this.#onClose = onClose;
  }

  get symbols(): Symbols {
    return this.#state.index;
  }

  /** What was found damaged so far. */
  get damage(): DamageReport {
    return { count: this.#state.damageCount, message: this.#state.damageMessage };
  }

  view(): View {
    this.#begin();
    this.#view = new StoreView(this.#state, () => this.#end());
    return this.#view;
  }

  /** Runs `work` on one moment of the store: what folds and merges compute from. No view may be open. */
  snapshot<T>(work: (state: ReadState) => T): T {
    this.#begin();
    try {
      return work(this.#state);
    } finally {
      this.#state.end();
    }
  }

  /** Closes the view that is open, if any, and the connection. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#view?.close();
    this.#state.db.close();
    this.#onClose();
  }

  #begin(): void {
    if (this.#view) throw new RangeError('A view of this reader is open: close it before opening another');
    this.#state.begin();
  }

  #end(): void {
    this.#view = null;
    this.#state.end();
  }
}
