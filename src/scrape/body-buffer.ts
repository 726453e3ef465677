// Bytes of a response as they arrive: one growing buffer, reused from scrape to scrape through a small pool, with the
// body limit kept at every step.

/** A body beyond `body_size_limit`; counted apart from other failures. */
export class BodyLimitError extends Error {
  override name = 'BodyLimitError';
}

export interface BodyBuffer {
  /** Holds the body in its first `length` bytes and at least one byte more. */
  bytes: Uint8Array;
  length: number;
}

/** Positions in a body are 32-bit numbers, so no limit at all still means this one. */
const BODY_BYTES_MAX = 2 ** 31 - 2;

/** The largest length allowed by `limit` (0: none). @throws BodyLimitError where `length` is larger */
export function checkBodyLength(length: number, limit: number): number {
  const max = limit > 0 ? Math.min(limit, BODY_BYTES_MAX) : BODY_BYTES_MAX;
  if (length > max) throw new BodyLimitError(`body size limit exceeded (limit: ${max} bytes)`);
  return max;
}

/** Adds `chunk[from..to)`. @throws BodyLimitError where that makes the body larger than `limit` (0: none). */
export function appendBody(
  body: BodyBuffer,
  chunk: Uint8Array,
  from: number,
  to: number,
  limit: number,
): void {
  const length = body.length + to - from;
  const max = checkBodyLength(length, limit);
  if (length >= body.bytes.length) {
    const grown = new Uint8Array(Math.min(Math.max(length + 1, body.bytes.length * 2, 4096), max + 1));
    grown.set(body.bytes.subarray(0, body.length));
    body.bytes = grown;
  }
  body.bytes.set(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to), body.length);
  body.length = length;
}

/** Scrapes overlap little, so a few buffers serve all targets; a huge one is not kept. */
const POOL_SIZE = 4;
const POOLED_BYTES_MAX = 8 << 20;
const pool: Uint8Array[] = [];

export function takeBody(): BodyBuffer {
  return { bytes: pool.pop() ?? new Uint8Array(64 << 10), length: 0 };
}

/** Gives the bytes back for the next `takeBody`; nobody may look at them any more. A second call does nothing. */
export function releaseBody(body: BodyBuffer): void {
  const size = body.bytes.length;
  if (size > 0 && size <= POOLED_BYTES_MAX && pool.length < POOL_SIZE) pool.push(body.bytes);
  body.bytes = new Uint8Array(0);
  body.length = 0;
}
