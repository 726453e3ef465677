// One object for equal times, wherever they come from.
import { TimeList } from './timeline.ts';

export class SharedTimelines {
  readonly #known = new Map<string, TimeList[]>();

  /** The one list of these times; keeps the array where it is new. */
  of(times: Float64Array): TimeList {
    const key = `${times.length}:${times[0]}:${times[times.length - 1]}`;
    const known = this.#known.get(key);
    const timeline = new TimeList(times);
    if (!known) {
      this.#known.set(key, [timeline]);
      return timeline;
    }
    for (const other of known) if (sameTimes(other.times, times)) return other;
    known.push(timeline);
    return timeline;
  }
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < b.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
