// Which series a batch of the journal holds, kept from view to view: most queries need few batches, and only those are
// decoded.
import type { Batch } from './codec/batch.ts';
import { indexOf } from './postings.ts';

export class BatchIndex {
  readonly #bySeq = new Map<number, Int32Array>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Ids of a batch's series, ascending; `load` reads the batch where it is not known. */
  series(seq: number, load: (seq: number) => Batch): Int32Array {
    const known = this.#bySeq.get(seq);
    if (known) return known;
    const ids = distinctIds(load(seq));
    this.#bySeq.set(seq, ids);
    this.#bytes += ids.byteLength + 200;
    for (const [oldest, old] of this.#bySeq) {
      if (this.#bytes <= this.#bytesMax || oldest === seq) break;
      this.#bySeq.delete(oldest);
      this.#bytes -= old.byteLength + 200;
    }
    return ids;
  }

  /** Forgets batches, since some were folded. */
  clear(): void {
    this.#bySeq.clear();
    this.#bytes = 0;
  }
}

/** Tells whether two lists have an id in common; `ascending` is in order. */
export function haveCommon(ascending: Int32Array, ids: Int32Array, has: (id: number) => boolean): boolean {
  if (ids.length * 8 < ascending.length) {
    for (let i = 0; i < ids.length; i++) if (indexOf(ascending, ids[i]) >= 0) return true;
    return false;
  }
  for (let i = 0; i < ascending.length; i++) if (has(ascending[i])) return true;
  return false;
}

function distinctIds({ seriesIds, count }: Batch): Int32Array {
  const ids = seriesIds.slice(0, count).sort();
  let distinct = 0;
  for (let k = 0; k < count; k++) if (k === 0 || ids[k] !== ids[k - 1]) ids[distinct++] = ids[k];
  return ids.slice(0, distinct);
}
