// Series ids by the raw bytes of their labels: a remote-write sender repeats the same label bytes in every request, so
// they are hashed and compared as they stand and decoded only the first time.

const EMPTY = 0;

/** A hash table from byte strings to positive integers. Keys live in one arena; nothing is made per look-up. */
export class SeriesCache {
  readonly #bytesMax: number;
  #arena = new Uint8Array(1 << 16);
  #used = 0;
  /** Open addressing; a slot holds an entry number, from 1. */
  #slots = new Uint32Array(1 << 10);
  #count = 0;
  #starts = new Uint32Array(1 << 9);
  #lengths = new Uint32Array(1 << 9);
  #hashes = new Uint32Array(1 << 9);
  #ids = new Int32Array(1 << 9);
  /** Which entry came after an entry the last time; senders keep their order, so it mostly does again. */
  #next = new Uint32Array(1 << 9);
  #last = 0;
  #arenaView = new DataView(this.#arena.buffer);

  /** @param bytesMax the arena is emptied when it would grow past this, so churning senders cannot fill the memory */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /**
   * The id kept for `bytes[from, to)` where that follows the key found or added before as it did the last time; 0 where
   * it does not. Costs one comparison and no hash. `view` is over the same bytes.
   */
  follow(view: DataView, from: number, to: number): number {
    if (this.#count === 0) return 0;
    const entry = this.#next[this.#last];
    if (!this.#equals(entry, view, from, to)) return 0;
    this.#last = entry;
    return this.#ids[entry];
  }

  /** The id kept for `bytes[from, to)`, 0 where there is none. `hash` is `hashBytes` of the same range. */
  find(view: DataView, from: number, to: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const entry = slots[slot] - 1;
      if (this.#hashes[entry] === hash && this.#equals(entry, view, from, to)) {
        this.#follows(entry);
        return this.#ids[entry];
      }
    }
    return 0;
  }

  /** Keeps an id for bytes that are not in the table. */
  add(bytes: Uint8Array, from: number, to: number, hash: number, id: number): void {
    const length = to - from;
    if (this.#used + length > this.#bytesMax) this.clear();
    if (this.#used + length > this.#arena.length) this.#growArena(length);
    if (this.#count === this.#ids.length) this.#growEntries();
    const entry = this.#count++;
    this.#arena.set(bytes.subarray(from, to), this.#used);
    this.#starts[entry] = this.#used;
    this.#lengths[entry] = length;
    this.#hashes[entry] = hash;
    this.#ids[entry] = id;
    this.#used += length;
    this.#insert(entry);
    this.#follows(entry);
  }

  #follows(entry: number): void {
    this.#next[this.#last] = entry;
    this.#last = entry;
  }

  /** Four bytes at a time: keys are some hundred bytes long. */
  #equals(entry: number, view: DataView, from: number, to: number): boolean {
    if (this.#lengths[entry] !== to - from) return false;
    const arena = this.#arenaView;
    let at = this.#starts[entry];
    let i = from;
    for (; i + 4 <= to; i += 4, at += 4) if (arena.getUint32(at) !== view.getUint32(i)) return false;
    for (; i < to; i++, at++) if (arena.getUint8(at) !== view.getUint8(i)) return false;
    return true;
  }

  #insert(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[entry] & mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  /** Forgets everything. */
  clear(): void {
    this.#slots.fill(EMPTY);
    this.#count = 0;
    this.#used = 0;
    this.#last = 0;
    this.#next.fill(0);
  }

  #growArena(wanted: number): void {
    const larger = new Uint8Array(Math.max(this.#arena.length * 2, this.#used + wanted));
    larger.set(this.#arena.subarray(0, this.#used));
    this.#arena = larger;
    this.#arenaView = new DataView(larger.buffer);
  }

  #growEntries(): void {
    const size = this.#ids.length * 2;
    const grow = <T extends Uint32Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#starts = grow(this.#starts, new Uint32Array(size));
    this.#lengths = grow(this.#lengths, new Uint32Array(size));
    this.#hashes = grow(this.#hashes, new Uint32Array(size));
    this.#ids = grow(this.#ids, new Int32Array(size));
    this.#next = grow(this.#next, new Uint32Array(size));
    // Half full at most, so that a miss is found out within a step or two.
    this.#slots = new Uint32Array(size * 2);
    for (let entry = 0; entry < this.#count; entry++) this.#insert(entry);
  }
}

/** FNV-1a over a range, 32 bits, with a final mix because tables use the low bits. */
export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x85ebca6b) >>> 0;
}
