// The stable path: lines that equal the template's, where only values are parsed. 70-90 ns a sample; everything
// here is shaped by that.
import { countDuplicate, type ExpositionState, storeValue } from './exposition-state.ts';
import { readFloat } from './float.ts';
import { readTail } from './sample-tail.ts';
import { skipBlanks } from './series-scan.ts';
import { ALIAS, DROPPED, META, ROW, TIMED } from './template.ts';

/** How far the body equals the template: `line` lines, ending at byte `at`. */
export interface StablePart {
  line: number;
  at: number;
}

/**
 * Reads lines for as long as they are the template's, and says in `part` how far that was. The body is read to its
 * end where `part.at >= end`; it is the whole template where also `part.line` is its count.
 */
export function readStableLines(
  state: ExpositionState,
  body: Uint8Array,
  end: number,
  part: StablePart,
): void {
  const { keys, ends, refs, count, strict } = state.template;
  const { cursor, values } = state;
  let p = 0;
  let k = 0;
  let line = 0;
  const keyView = new DataView(keys.buffer, keys.byteOffset, keys.length);
  const bodyView = new DataView(body.buffer, body.byteOffset, body.length);
  for (; line < count && p < end; line++) {
    const start = p;
    const keyEnd = ends[line];
    // Four bytes at a time, then single ones: calling Buffer.compare costs more than comparing lines of this length.
    const wide = Math.min(keyEnd, k + body.length - p) - 4;
    while (k <= wide && keyView.getInt32(k, true) === bodyView.getInt32(p, true)) {
      k += 4;
      p += 4;
    }
    while (k < keyEnd && keys[k] === body[p]) {
      k++;
      p++;
    }
    const ref = refs[line];
    const kind = ref & 7;
    if (k === keyEnd && p <= end) {
      if (kind === META) {
        if (body[p] === 10) {
          p++;
          continue;
        }
      } else {
        if (!strict && (body[p] === 32 || body[p] === 9)) p = skipBlanks(body, p);
        const value = readFloat(body, p, cursor);
        p = cursor.end;
        if (kind === ROW && p >= 0 && body[p] === 10) {
          const slot = ref >> 3;
          if (value === value) values[slot] = value;
          else storeValue(state, slot, value);
          p++;
          continue;
        }
        if (p >= 0) p = finishLine(state, body, start, p, end, ref, value);
        if (p >= 0) continue;
      }
    }
    p = start;
    break;
  }
  part.line = line;
  part.at = p;
}

/** The rarer ends of a known line. Returns where the next line starts, or -1 where it needs a full look. */
function finishLine(
  state: ExpositionState,
  body: Uint8Array,
  start: number,
  from: number,
  end: number,
  ref: number,
  value: number,
): number {
  const { tail, template, options } = state;
  let next: number;
  try {
    next = readTail(body, start, from, end, template.strict, state.cursor, tail);
  } catch {
    // The full look finds the same error, and counts what came before it.
    return -1;
  }
  const kind = ref & 7;
  if (kind === DROPPED) return next;
  const timed = options.honorTimestamps && tail.timeMs === tail.timeMs;
  if (timed !== (kind === TIMED)) return -1;
  if (timed) state.timed.push(ref >> 3, tail.timeMs, value);
  else if (kind === ALIAS) countDuplicate(state, ref >> 3, value);
  else storeValue(state, ref >> 3, value);
  return next;
}
