// What lies between a query thread that writes an answer and a client that reads it: a bounded queue. The writer fetches
// ahead as far as there is room, then waits; a client that reads nothing for long is given up.
import { ServiceError } from './services.ts';

/** Bytes of an answer kept for its client. A thread is free once all that is left of its answer fits in. */
const READ_AHEAD_BYTES = 8 << 20;
/** How long a client may take nothing before its answer is given up. */
const STALL_MS = 30_000;

export class AnswerQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #error: Error | undefined;
  /** Set once the reader went away. */
  #isLeft = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  push(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
    }
    this.#wakeReader?.();
  }

  /** Nothing more comes; with an error, because it could not be had. */
  end(error?: Error): void {
    this.#ended = true;
    this.#error = error;
    this.#wakeReader?.();
  }

  /** Ends the answer because its client went away. */
  leave(): void {
    this.#isLeft = true;
    this.#chunks.length = 0;
    this.end(new ServiceError('canceled', 'the client went away'));
    this.#wakeWriter?.();
  }

  /** Waits until there is room for more; false where the reader has gone, or is as good as gone. */
  async room(): Promise<boolean> {
    while (!this.#isLeft && this.#bytes > READ_AHEAD_BYTES) {
      const before = this.#bytes;
      await new Promise<void>((resolve) => {
        const stalled = setTimeout(resolve, STALL_MS);
        this.#wakeWriter = () => {
          clearTimeout(stalled);
          resolve();
        };
      });
      this.#wakeWriter = undefined;
      if (this.#bytes === before) return false;
    }
    return !this.#isLeft;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) {
          this.#bytes -= chunk.length;
          this.#wakeWriter?.();
          yield chunk;
        } else if (this.#ended) {
          if (this.#error) throw this.#error;
          return;
        } else
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
      }
    } finally {
      if (!this.#ended || this.#chunks.length > 0) this.leave();
    }
  }
}
