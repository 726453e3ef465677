// The samples of a remote-write request in columns, as the store takes them.
import type { PbfReader } from 'pbf';

const SAMPLE_VALUE = (1 << 3) | 1;
const SAMPLE_TIME = 2 << 3;

/** Columns that grow. Both versions of the protocol write a sample in the same way. */
export class SampleColumns {
  count = 0;
  seriesIds = new Int32Array(1024);
  timesMs = new Float64Array(1024);
  values = new Float64Array(1024);
  #bytes = new Uint8Array(this.values.buffer);

  /** Reads one sample message, which ends at `end`. @throws RangeError where it is cut off */
  read(pbf: PbfReader, end: number): void {
    if (this.count === this.values.length) this.#grow();
    const at = this.count++;
    this.values[at] = 0;
    this.timesMs[at] = 0;
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === SAMPLE_VALUE) {
        if (pbf.pos + 8 > end) throw new RangeError('a value is cut off');
        // Byte by byte: reading it as a number could quiet the stale marker's NaN.
        const bytes = this.#bytes;
        const { buf } = pbf;
        for (let i = 0, to = at * 8, from = pbf.pos; i < 8; i++) bytes[to + i] = buf[from + i];
        pbf.pos += 8;
      } else if (tag === SAMPLE_TIME) this.timesMs[at] = pbf.readVarint(true);
      else pbf.skip(tag);
    }
  }

  #grow(): void {
    const size = this.values.length * 2;
    const values = new Float64Array(size);
    values.set(this.values);
    const timesMs = new Float64Array(size);
    timesMs.set(this.timesMs);
    const seriesIds = new Int32Array(size);
    seriesIds.set(this.seriesIds);
    this.values = values;
    this.timesMs = timesMs;
    this.seriesIds = seriesIds;
    this.#bytes = new Uint8Array(values.buffer);
  }
}
