// Series of the writer on their way into the file: blocks of new ones, small blocks gathered into full ones.
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import type { BlockSpan } from './series-block.ts';
import { BLOCK_SERIES, insertSeriesBlock, loadSeries } from './series-block.ts';
import type { SeriesIndex } from './series-index.ts';

/** More blocks than this at the end that are not full: gather them. Every new target makes some. */
const SMALL_BLOCKS_MAX = 16;

export class SeriesStore {
  readonly #db: Database;
  readonly #index: SeriesIndex;
  /** The blocks behind the last full one, as the file has them; and as it will after the commit. */
  #small: BlockSpan[] = [];
  #smallAfter: BlockSpan[] = [];
  #savedCount = 0;
  /** Symbols that the file has, and that it will have after the commit. */
  #savedSymbols = 0;
  #symbolsAfter = 0;

  /** Fills `index` from the file. */
  constructor(db: Database, index: SeriesIndex) {
    this.#db = db;
    this.#index = index;
    const blocks = loadSeries(db, index);
    this.#small = blocks.slice(blocks.findLastIndex((block) => block.count >= BLOCK_SERIES) + 1);
    this.#savedCount = index.count;
    this.#savedSymbols = blocks.reduce((sum, block) => sum + block.symbols, 0);
    this.#symbolsAfter = this.#savedSymbols;
    this.#smallAfter = this.#small;
  }

  /** Series that the file has. */
  get savedCount(): number {
    return this.#savedCount;
  }

  get hasNew(): boolean {
    return this.#index.count > this.#savedCount;
  }

  /** Writes the new series; the caller holds a transaction and calls `saved` once it is committed. */
  save(): void {
    if (!this.hasNew) return;
    const blocks = this.#small.slice();
    this.#symbolsAfter = this.#insertRange(
      this.#savedCount + 1,
      this.#index.count,
      this.#savedSymbols,
      blocks,
    );
    this.#smallAfter = blocks;
    if (blocks.length > SMALL_BLOCKS_MAX) {
      const first = blocks[0];
      this.#db.prepare(SQL.deleteSeriesBlocks).run(first.firstId, this.#index.count);
      const gathered: BlockSpan[] = [];
      this.#insertRange(first.firstId, this.#index.count, first.firstSymbol, gathered);
      this.#smallAfter = gathered;
    }
  }

  saved(): void {
    this.#small = this.#smallAfter.slice(
      this.#smallAfter.findLastIndex((block) => block.count >= BLOCK_SERIES) + 1,
    );
    this.#savedCount = this.#index.count;
    this.#savedSymbols = this.#symbolsAfter;
  }

  /**
   * Series `firstId … lastId` in blocks, each with the symbols that its own series are the first to use: a reader that
   * knows some series of a block knows all symbols of the blocks before it. Returns the number of symbols written so far.
   */
  #insertRange(firstId: number, lastId: number, firstSymbol: number, blocks: BlockSpan[]): number {
    let symbol = firstSymbol;
    for (let id = firstId; id <= lastId; id += BLOCK_SERIES) {
      const count = Math.min(BLOCK_SERIES, lastId + 1 - id);
      const symbols = this.#symbolsUpTo(id, id + count, symbol) - symbol;
      const span = { firstId: id, count, firstSymbol: symbol, symbols };
      insertSeriesBlock(this.#db, this.#index, span);
      blocks.push(span);
      symbol += symbols;
    }
    return symbol;
  }

  /** One more than the largest symbol of series `firstId … endId - 1`, at least `least`. */
  #symbolsUpTo(firstId: number, endId: number, least: number): number {
    let end = least;
    for (let id = firstId; id < endId; id++)
      for (const symbol of this.#index.labels(id)) if (symbol >= end) end = symbol + 1;
    return end;
  }
}
