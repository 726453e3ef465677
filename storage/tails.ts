// The newest sample of each series, so that the writer can tell new samples from late and doubled ones.

export class Tails {
  /** Newest time by series id; -Infinity before the first sample, NaN where it is not known yet. */
  times: Float64Array = new Float64Array(128).fill(Number.NaN);
  /** Bits of the newest value by series id, two words each; valid where `hasValue` is 1. */
  words: Int32Array = new Int32Array(256);
  hasValue: Uint8Array = new Uint8Array(128);

  /** Makes room for ids up to `id`; what is new is not known. */
  reserve(id: number): void {
    if (id < this.times.length) return;
    const size = Math.max(id + 1, Math.ceil(this.times.length * 1.5));
    const times = new Float64Array(size).fill(Number.NaN);
    times.set(this.times);
    const words = new Int32Array(2 * size);
    words.set(this.words);
    const hasValue = new Uint8Array(size);
    hasValue.set(this.hasValue);
    this.times = times;
    this.words = words;
    this.hasValue = hasValue;
  }

  /** Forgets everything: what was appended was rolled back. */
  forget(): void {
    this.times.fill(Number.NaN);
    this.hasValue.fill(0);
  }

  isKnown(id: number): boolean {
    return this.times[id] === this.times[id];
  }

  /** A series that has no samples yet. */
  start(id: number): void {
    this.times[id] = -Infinity;
  }

  /** Takes over the newest sample of one series. */
  set(id: number, timeMs: number, low: number, high: number): void {
    this.times[id] = timeMs;
    this.words[2 * id] = low;
    this.words[2 * id + 1] = high;
    this.hasValue[id] = 1;
  }

  /** Tells whether every one of the series is older than `timeMs`. */
  allBefore(seriesIds: Int32Array, timeMs: number): boolean {
    const times = this.times;
    for (let i = 0; i < seriesIds.length; i++) if (!(times[seriesIds[i]] < timeMs)) return false;
    return true;
  }

  /** Takes over a row: one sample of each series, all at one time. */
  setRow(seriesIds: Int32Array, timeMs: number, values: Float64Array): void {
    const count = seriesIds.length;
    const { times, words, hasValue } = this;
    const bits = new Int32Array(values.buffer, values.byteOffset, 2 * count);
    for (let i = 0; i < count; i++) {
      const id = seriesIds[i];
      times[id] = timeMs;
      words[2 * id] = bits[2 * i];
      words[2 * id + 1] = bits[2 * i + 1];
      hasValue[id] = 1;
    }
  }
}
