// What a target's last exposition looked like, line by line, so that the next one need not be parsed: the bytes of
// each line up to its value, and what the line means. Flat arrays, no object and no string per line (about 90 bytes a
// line), since a server holds one template per target.

/**
 * What a line means: kind in the low three bits, an argument above them.
 * - META: no sample. Argument: 1 + index in METRIC_TYPES where it is a TYPE line, 15 for OpenMetrics' end mark, else 0.
 * - ROW: a sample of the row; argument: its slot.
 * - DROPPED: a sample whose series metric relabelling drops.
 * - TIMED: a sample with a time of its own; argument: its series id.
 * - ALIAS: another spelling of a series that the row already has; argument: the slot.
 * - NEW, NEW_TIMED: a series not seen before, only while a body is read; argument: index in the list of such.
 */
export const META = 0;
export const ROW = 1;
export const DROPPED = 2;
export const TIMED = 3;
export const ALIAS = 4;
export const NEW = 5;
export const NEW_TIMED = 6;

export const EOF_REF = (15 << 3) | META;

export const METRIC_TYPES = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const;

export interface Template {
  readonly strict: boolean;
  readonly count: number;
  /** The keys of all lines, one behind the other. A series' key ends with the blank before the value. */
  readonly keys: Uint8Array;
  /** Where each line's key ends. */
  readonly ends: Int32Array;
  readonly refs: Int32Array;
  /** Samples of all lines, and how many of those relabelling dropped. */
  readonly samples: number;
  readonly dropped: number;
  /** Line index by key: open addressing, -1 for a free place; null until a body differs from the template. */
  index: Int32Array | null;
}

export function emptyTemplate(strict: boolean): Template {
  return {
    strict,
    count: 0,
    keys: new Uint8Array(0),
    ends: new Int32Array(0),
    refs: new Int32Array(0),
    samples: 0,
    dropped: 0,
    index: null,
  };
}

/** The line whose key is `body[from..to)`, or -1. */
export function findLine(template: Template, body: Uint8Array, from: number, to: number): number {
  if (template.count === 0) return -1;
  template.index ??= buildIndex(template);
  const { index, keys, ends } = template;
  const mask = index.length - 1;
  const length = to - from;
  for (let place = hashBytes(body, from, to) & mask; ; place = (place + 1) & mask) {
    const line = index[place];
    if (line < 0) return -1;
    const start = line === 0 ? 0 : ends[line - 1];
    if (ends[line] - start !== length) continue;
    let i = 0;
    while (i < length && keys[start + i] === body[from + i]) i++;
    if (i === length) return line;
  }
}

function buildIndex(template: Template): Int32Array {
  let size = 8;
  while (size < template.count * 2) size *= 2;
  const index = new Int32Array(size).fill(-1);
  const { keys, ends } = template;
  let start = 0;
  for (let line = 0; line < template.count; line++) {
    const end = ends[line];
    // Blank lines need no finding, and many of them would make one long chain.
    if (end > start) {
      let place = hashBytes(keys, start, end) & (size - 1);
      while (index[place] >= 0) place = (place + 1) & (size - 1);
      index[place] = line;
    }
    start = end;
  }
  return index;
}

function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
