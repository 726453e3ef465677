// What every operator of one query shares: limits and cancellation, the symbol table with the query's own texts,
// and the annotations it gathers.
import { type Bitset, hasBit } from '../../storage/model/sample.ts';
import type { Symbols, View } from '../../storage/source.ts';
import type { EngineOptions, QueryRequest } from '../engine.ts';
import type { Span } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import type { Windows } from './operator.ts';
import { countPresent } from './presence.ts';

/** Ids from here on are texts that the query made itself (label_replace, count_values …). */
export const OWN_SYMBOLS = 2 ** 30;

/** The source's symbols and the query's own on top. Equal texts have equal ids. */
export class QuerySymbols implements Symbols {
  readonly #source: Symbols;
  readonly #texts: string[] = [];
  readonly #ids = new Map<string, number>();

  constructor(source: Symbols) {
    this.#source = source;
  }

  text(id: number): string {
    return id >= OWN_SYMBOLS ? this.#texts[id - OWN_SYMBOLS] : this.#source.text(id);
  }

  /** Id of a text that is known by now, or -1; texts that the query is still to make are not. */
  find(text: string): number {
    const known = this.#source.find(text);
    return known >= 0 ? known : (this.#ids.get(text) ?? -1);
  }

  /** Id of a text, made where there is none. */
  intern(text: string): number {
    const known = this.find(text);
    if (known >= 0) return known;
    const id = OWN_SYMBOLS + this.#texts.length;
    this.#texts.push(text);
    this.#ids.set(text, id);
    return id;
  }
}

/** How much work passes between two looks at the clock and the cancel flag. */
const TICK_WORK = 200_000;

export class QueryContext {
  readonly symbols: QuerySymbols;
  readonly view: View;
  readonly options: EngineOptions;
  readonly request: QueryRequest;
  /** The query's text, for positions in messages. */
  readonly text: string;
  readonly lookbackMs: number;
  samplesRead = 0;
  /** What the stats of a query call samples: points that selectors gave to steps, one by one or by window. */
  samplesQueried = 0;
  /** Samples queried by step of the query's own grid; null unless asked for. */
  readonly samplesPerStep: Float64Array | null;
  #work = 0;
  #bytes = 0;
  #windows: Windows | null = null;
  #windowSamples = 0;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();
  readonly #infosAtEnd: (() => void)[] = [];
  readonly #atEnd: (() => void)[] = [];

  constructor(view: View, symbols: Symbols, options: EngineOptions, request: QueryRequest) {
    this.view = view;
    this.symbols = new QuerySymbols(symbols);
    this.options = options;
    this.request = request;
    this.text = request.query;
    this.lookbackMs = request.lookbackMs || options.lookbackMs;
    const { startMs, endMs, stepMs, perStepStats } = request;
    const steps = stepMs > 0 ? Math.floor((endMs - startMs) / stepMs) + 1 : 1;
    this.samplesPerStep = perStepStats ? new Float64Array(steps) : null;
  }

  /**
   * Accounts for `work` slots or samples handled.
   * @throws QueryError `timeout` or `canceled`
   */
  tick(work: number): void {
    this.#work += work;
    if (this.#work < TICK_WORK) return;
    this.#work = 0;
    this.check();
  }

  /**
   * Looks at the cancel flag and the clock.
   * @throws QueryError `timeout` or `canceled`
   */
  check(): void {
    const { cancelFlag, deadline } = this.request;
    if (cancelFlag && Atomics.load(cancelFlag, 0) !== 0)
      throw new QueryError('canceled', 'query was canceled');
    if (deadline !== undefined && performance.now() > deadline)
      throw new QueryError('timeout', 'query timed out in expression evaluation');
  }

  /**
   * Accounts for the samples of a series that were loaded from the source.
   * @throws QueryError `limit` where one series alone is too much
   */
  countSamples(count: number): void {
    this.samplesRead += count;
    if (count > this.options.maxSamples) throw tooManySamples();
    this.tick(count);
  }

  /**
   * Makes the counter of one selector: told for each of its series how many points the series has on the grid, it
   * bounds their sum. That is what upstream holds in memory of a selector at least; here points are read and folded
   * away series by series, so no query is refused that upstream would answer. A series read again counts once.
   */
  pointCounter(): (series: number, points: number) => void {
    const { maxSamples } = this.options;
    let next = 0;
    let total = 0;
    return (series, points) => {
      if (series < next) return;
      next = series + 1;
      total += points;
      if (total > maxSamples) throw tooManySamples();
    };
  }

  /** Accounts for the points that an instant selector gave to `steps` steps, for the stats; tells how many. */
  countPoints(present: Bitset | null, steps: number): number {
    const points = countPresent(present, steps);
    this.samplesQueried += points;
    const perStep = this.samplesPerStep;
    if (perStep?.length === steps)
      for (let k = 0; k < steps; k++) if (!present || hasBit(present, k)) perStep[k]++;
    return points;
  }

  /** Accounts for the samples that a range selector gave to the windows of every step, for the stats. */
  countWindows(windows: Windows): void {
    const { first, last, count } = windows;
    const perStep = this.samplesPerStep?.length === count ? this.samplesPerStep : null;
    // Series of one timeline come one after the other, with the same windows.
    if (windows !== this.#windows) {
      this.#windows = windows;
      this.#windowSamples = 0;
      for (let k = 0; k < count; k++) this.#windowSamples += last[k] - first[k];
    }
    if (perStep) for (let k = 0; k < count; k++) perStep[k] += last[k] - first[k];
    this.samplesQueried += this.#windowSamples;
  }

  /**
   * Accounts for memory that the query keeps; call before allocating anything that grows with series or steps.
   * Negative to give back.
   * @throws QueryError `limit`
   */
  countBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.options.maxMemoryBytes)
      throw new QueryError(
        'limit',
        `query needs more than ${this.options.maxMemoryBytes} bytes of memory (--query.max-memory); ask for fewer series, a shorter range or a larger step`,
      );
  }

  /** Adds a warning, as Prometheus words it: `message (line:column)`. Repeats are kept once. */
  warn(message: string, span?: Span): void {
    this.#warnings.add(this.#placed(`PromQL warning: ${message}`, span));
  }

  /** Adds an info. */
  info(message: string, span?: Span): void {
    this.#infos.add(this.#placed(`PromQL info: ${message}`, span));
  }

  /** Adds an info whose text is known only when the query is through (counts, spans of time). */
  infoAtEnd(message: () => string, span?: Span): void {
    this.#infosAtEnd.push(() => this.info(message(), span));
  }

  get warnings(): string[] {
    return [...this.#warnings];
  }

  /** Has `work` done once the result is complete, before its annotations are gathered. */
  atEnd(work: () => void): void {
    this.#atEnd.push(work);
  }

  /** Does what is left to do at the end. */
  finish(): void {
    // Outer parts were built last; reading them reads what they stand on.
    for (const work of this.#atEnd.splice(0).reverse()) work();
  }

  get infos(): string[] {
    for (const add of this.#infosAtEnd.splice(0)) add();
    return [...this.#infos];
  }

  #placed(message: string, span: Span | undefined): string {
    if (!span) return message;
    const before = this.text.slice(0, span.start);
    const line = before.split('\n').length;
    return `${message} (${line}:${span.start - before.lastIndexOf('\n')})`;
  }
}

function tooManySamples(): QueryError {
  return new QueryError(
    'limit',
    'query processing would load too many samples into memory in query execution',
  );
}
