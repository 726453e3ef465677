// The series budget of a job (`series_limit`): how many different series its targets may have within a day, so that one
// that makes up label values without end fails itself and leaves the store alone. Series are told apart by a hash of
// their labels; two with the same one count as one, which is one in four billion.
import type { Labels } from '../../storage/model/labels.ts';
import { hashText } from './schedule.ts';
import { ScrapeError } from './series-labels.ts';

/** A scrape whose new series do not fit into a budget; counted apart from other failures. */
export class SeriesBudgetError extends ScrapeError {
  override name = 'SeriesBudgetError';
}

const DAY_MS = 86_400_000;

export class SeriesBudget {
  #limit: number;
  #dayEndMs = -Infinity;
  #day = 0;
  #seen = new Set<number>();
  /** Series that the body being read has and `#seen` has not. */
  #pending = new Set<number>();

  /** @param limit at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
  }

  /** Series of the day so far. */
  get count(): number {
    return this.#seen.size;
  }

  /**
   * Begins a body. The number tells days apart: where it is not the one of the target's last body, all of the target's
   * series have to pass `take` again.
   */
  begin(nowMs: number): number {
    if (nowMs >= this.#dayEndMs) {
      this.#dayEndMs = nowMs + DAY_MS;
      this.#day++;
      this.#seen.clear();
    }
    this.#pending.clear();
    return this.#day;
  }

  /** Counts a series of the body. @throws SeriesBudgetError where it is one too many */
  take(labels: Labels): void {
    const hash = hashLabels(labels);
    if (this.#seen.has(hash)) return;
    this.#pending.add(hash);
    if (this.#seen.size + this.#pending.size <= this.#limit) return;
    throw new SeriesBudgetError(
      `series_limit exceeded (series of the job within a day: ${this.#seen.size}, ` +
        `more in this scrape: ${this.#pending.size} or more, limit: ${this.#limit})`,
    );
  }

  /** The body was accepted: what it has counts. */
  keep(): void {
    for (const hash of this.#pending) this.#seen.add(hash);
    this.#pending.clear();
  }
}

function hashLabels(labels: Labels): number {
  let hash = 0;
  for (let i = 0; i < labels.length; i++) hash = (Math.imul(hash, 0x9e3779b1) + hashText(labels[i])) | 0;
  return hash;
}
