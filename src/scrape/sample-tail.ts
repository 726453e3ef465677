// What may stand behind a sample's value: blanks, a timestamp, in OpenMetrics an exemplar.
import { textError } from './exposition-error.ts';
import { type FloatCursor, readFloat } from './float.ts';
import { quotedEnd, refuseLineFeed, skipBlanks } from './series-scan.ts';

/** The timestamp of the last tail read, in milliseconds; NaN where there was none. */
export interface SampleTail {
  timeMs: number;
}

/** Upstream's timestamps are 64-bit integers; beyond float64's exact integers no time makes sense. */
const TIME_MS_MAX = 2 ** 53;

/**
 * Reads from behind the value to behind the line feed and returns that position.
 * @throws ExpositionError
 */
export function readTail(
  body: Uint8Array,
  lineStart: number,
  from: number,
  end: number,
  strict: boolean,
  cursor: FloatCursor,
  tail: SampleTail,
): number {
  tail.timeMs = Number.NaN;
  if (body[from] === 10) return from + 1;
  return strict
    ? openMetricsTail(body, lineStart, from, end, cursor, tail)
    : textTail(body, lineStart, from, tail);
}

/** Text: digits alone, milliseconds. */
function textTail(body: Uint8Array, lineStart: number, from: number, tail: SampleTail): number {
  let p = skipBlanks(body, from);
  if (p === from) throw textError(body, lineStart, p, 'expected a number as value');
  if (body[p] !== 10) {
    const first = p;
    let time = 0;
    while (body[p] >= 48 && body[p] <= 57) {
      time = time * 10 + (body[p] - 48);
      p++;
    }
    if (p === first || time > TIME_MS_MAX) {
      throw textError(body, lineStart, p, 'expected a timestamp in milliseconds or the end of the line');
    }
    tail.timeMs = time;
    p = skipBlanks(body, p);
    if (body[p] !== 10)
      throw textError(body, lineStart, p, 'expected the end of the line after the timestamp');
  }
  return p + 1;
}

/** OpenMetrics: ` seconds` and ` # {labels} value seconds`, each with exactly one space before it. */
function openMetricsTail(
  body: Uint8Array,
  lineStart: number,
  from: number,
  end: number,
  cursor: FloatCursor,
  tail: SampleTail,
): number {
  if (body[from] !== 32) throw textError(body, lineStart, from, 'expected a number as value');
  let p = from;
  if (body[p + 1] !== 35) {
    tail.timeMs = readSeconds(body, lineStart, p + 1, cursor);
    p = cursor.end;
  }
  if (body[p] === 32) p = readExemplar(body, lineStart, p, end, cursor);
  if (body[p] !== 10) throw textError(body, lineStart, p, 'expected the end of the line');
  return p + 1;
}

function readSeconds(body: Uint8Array, lineStart: number, from: number, cursor: FloatCursor): number {
  const seconds = readFloat(body, from, cursor);
  const milliseconds = Math.trunc(seconds * 1000);
  if (cursor.end < 0 || !(Math.abs(milliseconds) <= TIME_MS_MAX)) {
    throw textError(body, lineStart, from, 'expected a timestamp in seconds');
  }
  return milliseconds;
}

/** Checks an exemplar; nothing is kept of it yet. */
function readExemplar(
  body: Uint8Array,
  lineStart: number,
  from: number,
  end: number,
  cursor: FloatCursor,
): number {
  if (body[from + 1] !== 35 || body[from + 2] !== 32 || body[from + 3] !== 123) {
    throw textError(body, lineStart, from, 'expected an exemplar or the end of the line');
  }
  let p = exemplarLabelsEnd(body, lineStart, from + 4, end);
  if (body[p] !== 32) throw textError(body, lineStart, p, "expected a space and the exemplar's value");
  const valueFrom = p + 1;
  readFloat(body, valueFrom, cursor);
  p = cursor.end;
  if (p < 0 || (body[p] !== 32 && body[p] !== 10)) {
    throw textError(body, lineStart, valueFrom, "expected a number as the exemplar's value");
  }
  if (body[p] === 32) {
    readSeconds(body, lineStart, p + 1, cursor);
    p = cursor.end;
  }
  return p;
}

/** `name="value",…}`; returns the position behind the brace. */
function exemplarLabelsEnd(body: Uint8Array, lineStart: number, from: number, end: number): number {
  let p = from;
  while (body[p] !== 125) {
    const quotedName = body[p] === 34;
    const nameFrom = p;
    if (quotedName) p = quotedEnd(body, lineStart, p, end);
    else while (isNameByte(body[p], p > nameFrom)) p++;
    if (p === nameFrom) throw textError(body, lineStart, p, 'expected a label name of the exemplar or }');
    if (body[p] !== 61)
      throw textError(body, lineStart, p, 'expected = after the label name of the exemplar');
    if (body[p + 1] !== 34) throw textError(body, lineStart, p, 'expected a label value in quotes');
    const valueEnd = quotedEnd(body, lineStart, p + 1, end);
    refuseLineFeed(body, lineStart, p + 1, valueEnd);
    p = valueEnd;
    if (body[p] === 44) p++;
    else if (body[p] !== 125) throw textError(body, lineStart, p, 'expected a comma or }');
  }
  return p + 1;
}

function isNameByte(c: number, inner: boolean): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || (inner && c >= 48 && c <= 57);
}
