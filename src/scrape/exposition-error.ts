// What is wrong with an exposition, and where: every parser of this folder refuses a body with this one error.

/** A body that the format does not allow. The message names line, reason and the text around it. */
export class ExpositionError extends Error {
  override name = 'ExpositionError';
}

const EXCERPT_BYTES_MAX = 80;

/** An error for text formats: `at` is the byte where parsing stopped, `lineStart` where its sample or comment began. */
export function textError(body: Uint8Array, lineStart: number, at: number, reason: string): ExpositionError {
  let line = 1;
  for (let i = 0; i < at; i++) if (body[i] === 10) line++;
  return new ExpositionError(`line ${line}: ${reason}: ${quote(body, lineStart, at)}`);
}

/** The text up to where parsing stopped and the rest of its line, in quotes, control characters escaped. */
function quote(body: Uint8Array, from: number, at: number): string {
  let to = at;
  while (to < body.length && to - from < EXCERPT_BYTES_MAX && body[to] !== 10) to++;
  const start = Math.max(from, to - EXCERPT_BYTES_MAX);
  const text = new TextDecoder().decode(body.subarray(start, to));
  return (start > from ? '…' : '') + JSON.stringify(text);
}
