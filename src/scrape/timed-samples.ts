// Samples that bring a time of their own: parallel columns that grow and are reused from scrape to scrape.

export class TimedSamples {
  count = 0;
  seriesIds = new Int32Array(0);
  timesMs = new Float64Array(0);
  values = new Float64Array(0);

  clear(): void {
    this.count = 0;
  }

  /** A NaN gets the bits that Prometheus stores for it. */
  push(seriesId: number, timeMs: number, value: number): void {
    const at = this.count++;
    if (at === this.seriesIds.length) this.#grow();
    this.seriesIds[at] = seriesId;
    this.timesMs[at] = timeMs;
    this.values[at] = value;
    if (value !== value) new Uint32Array(this.values.buffer, at * 8, 2).set([1, 0x7ff80000]);
  }

  #grow(): void {
    const size = Math.max(64, this.seriesIds.length * 2);
    const { seriesIds, timesMs, values } = this;
    this.seriesIds = new Int32Array(size);
    this.seriesIds.set(seriesIds);
    this.timesMs = new Float64Array(size);
    this.timesMs.set(timesMs);
    this.values = new Float64Array(size);
    this.values.set(values);
  }
}
