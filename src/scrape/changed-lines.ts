// The changing path: bodies that differ from the template. Known lines are found by their bytes wherever they stand,
// new ones parsed in full. Nothing of what is learned counts before `rebuild`: a body that breaks off in the middle,
// or goes over a limit, leaves the last accepted row and template as they were.
import type { Labels } from '../../storage/model/labels.ts';
import type { MetricType } from '../../storage/source.ts';
import { textError } from './exposition-error.ts';
import { countDuplicate, type ExpositionState, storeValue } from './exposition-state.ts';
import { OUT_OF_RANGE, readFloat } from './float.ts';
import { readMetaLine } from './meta-line.ts';
import { readTail } from './sample-tail.ts';
import { normalizeBounds } from './series-labels.ts';
import { resetScan, scanSeries, seriesTexts, skipBlanks } from './series-scan.ts';
import type { StablePart } from './stable-lines.ts';
import {
  ALIAS,
  DROPPED,
  EOF_REF,
  findLine,
  META,
  METRIC_TYPES,
  NEW,
  NEW_TIMED,
  ROW,
  TIMED,
} from './template.ts';

const LINES_KEPT_MAX = 1 << 16;

/** The lines of a body, and the series in it that the template does not know. */
export class ChangedLines {
  count = 0;
  /** Per line: the template's line it equals, or -1 and where its key lies in the body; and what it means. */
  old = new Int32Array(256);
  from = new Int32Array(256);
  to = new Int32Array(256);
  refs = new Int32Array(256);
  /** Series not in the template: labels to ask an id for, or an id known already; and the value, if not timed. */
  readonly newLabels: (Labels | null)[] = [];
  readonly newIds: number[] = [];
  readonly newValues: number[] = [];
  /** Slots of the last row that this body has too. */
  seen = new Uint8Array(0);
  seenCount = 0;
  /** Samples of all lines and those dropped. */
  samples = 0;
  dropped = 0;
  /** A line was met that no key can hold: the next body has to be read in full again. */
  unkeyed = false;
  type: MetricType = 'unknown';
  ended = false;
  /** The template's line that comes next if the body goes on as it did. */
  expected = 0;

  /** Empties it for a body; `rowLength` slots may be seen. The arrays stay. */
  reset(rowLength: number): void {
    this.count = this.seenCount = this.samples = this.dropped = this.expected = 0;
    this.newLabels.length = this.newIds.length = this.newValues.length = 0;
    if (this.seen.length < rowLength) this.seen = new Uint8Array(rowLength * 2);
    else this.seen.fill(0, 0, rowLength);
    this.unkeyed = this.ended = false;
    this.type = 'unknown';
    // A giant body once is no reason to hold its arrays for ever.
    if (this.old.length > LINES_KEPT_MAX) this.#allocate(LINES_KEPT_MAX);
  }

  add(old: number, from: number, to: number, ref: number): void {
    if (this.count === this.old.length) this.#grow();
    const at = this.count++;
    this.old[at] = old;
    this.from[at] = from;
    this.to[at] = to;
    this.refs[at] = ref;
    if ((ref & 7) === META) {
      if (ref === EOF_REF) this.ended = true;
      else if (ref !== META) this.type = METRIC_TYPES[(ref >> 3) - 1];
    } else this.samples++;
    if ((ref & 7) === DROPPED) this.dropped++;
  }

  addNew(labels: Labels | null, id: number, value: number): number {
    this.newLabels.push(labels);
    this.newIds.push(id);
    return this.newValues.push(value) - 1;
  }

  #grow(): void {
    const { old, from, to, refs } = this;
    this.#allocate(old.length * 2);
    this.old.set(old);
    this.from.set(from);
    this.to.set(to);
    this.refs.set(refs);
  }

  #allocate(size: number): void {
    this.old = new Int32Array(size);
    this.from = new Int32Array(size);
    this.to = new Int32Array(size);
    this.refs = new Int32Array(size);
  }
}

/**
 * Reads the rest of a body, behind the part that equals the template, into `state.lines`.
 * @throws ExpositionError; whatever the options' `decide` throws.
 */
export function readChangedLines(
  state: ExpositionState,
  body: Uint8Array,
  end: number,
  stable: StablePart,
): void {
  const { lines } = state;
  lines.reset(state.rowIds.length);
  resetScan(state.scan, body);
  takeStable(state, lines, stable.line);
  const { template } = state;
  let p = stable.at;
  lines.expected = stable.line;
  try {
    while (p < end) {
      if (lines.ended) throw textError(body, p, p, 'expected nothing after # EOF');
      const keyTo = expectedKeyEnd(state, body, p, end, lines.expected);
      if (keyTo >= 0) {
        p = readKnownLine(state, lines, body, p, keyTo, end, lines.expected);
        continue;
      }
      const from = template.strict ? p : skipBlanks(body, p);
      const c = body[from];
      if (c === 10 && !template.strict) {
        lines.add(-1, p, from, META);
        p = from + 1;
      } else if (c === 35) {
        p = readMeta(state, lines, body, p, from, end);
      } else {
        p = readSeries(state, lines, body, p, from, end);
      }
    }
    if (template.strict && !lines.ended) throw textError(body, p, p, 'expected # EOF at the end');
  } finally {
    state.scraped = lines.samples;
    state.kept = lines.samples - lines.dropped;
    state.interner.release();
  }
}

/** The lines that the stable path has read already: their values lie in their slots. */
function takeStable(state: ExpositionState, lines: ChangedLines, count: number): void {
  const { refs } = state.template;
  for (let line = 0; line < count; line++) {
    const ref = refs[line];
    lines.add(line, 0, 0, ref);
    if ((ref & 7) === ROW) {
      lines.seen[ref >> 3] = 1;
      lines.seenCount++;
    }
  }
}

/** Behind the key of the template's line `line` where it stands at `from`; -1 where it does not. */
function expectedKeyEnd(
  state: ExpositionState,
  body: Uint8Array,
  from: number,
  end: number,
  line: number,
): number {
  const { keys, ends, refs, count } = state.template;
  if (line >= count) return -1;
  const keyStart = line === 0 ? 0 : ends[line - 1];
  const length = ends[line] - keyStart;
  let i = 0;
  while (i < length && keys[keyStart + i] === body[from + i]) i++;
  // Behind the body lies what an earlier, longer one left in the buffer.
  if (i < length || from + i > end) return -1;
  return (refs[line] & 7) === META && body[from + i] !== 10 ? -1 : from + i;
}

/** A line whose key is the template's line `known`. Returns where the next line starts. */
function readKnownLine(
  state: ExpositionState,
  lines: ChangedLines,
  body: Uint8Array,
  lineStart: number,
  keyTo: number,
  end: number,
  known: number,
): number {
  const ref = state.template.refs[known];
  lines.expected = known + 1;
  if ((ref & 7) === META) {
    lines.add(known, 0, 0, ref);
    return keyTo + 1;
  }
  const value = readValue(state, body, lineStart, keyTo);
  const next = readTail(
    body,
    lineStart,
    state.cursor.end,
    end,
    state.template.strict,
    state.cursor,
    state.tail,
  );
  lines.add(known, 0, 0, knownSample(state, lines, ref, value));
  return next;
}

/** What a sample of a known series means in this body; stores its value. */
function knownSample(state: ExpositionState, lines: ChangedLines, ref: number, value: number): number {
  const kind = ref & 7;
  const arg = ref >> 3;
  if (kind === DROPPED) return ref;
  const { timeMs } = state.tail;
  if (state.options.honorTimestamps && timeMs === timeMs) {
    const id = kind === TIMED ? arg : state.rowIds[arg];
    state.timed.push(id, timeMs, value);
    return (id << 3) | TIMED;
  }
  if (kind === TIMED) return (lines.addNew(null, arg, value) << 3) | NEW;
  if (lines.seen[arg] === 1) {
    countDuplicate(state, arg, value);
    return (arg << 3) | ALIAS;
  }
  lines.seen[arg] = 1;
  lines.seenCount++;
  storeValue(state, arg, value);
  return (arg << 3) | ROW;
}

function readMeta(
  state: ExpositionState,
  lines: ChangedLines,
  body: Uint8Array,
  lineStart: number,
  from: number,
  end: number,
): number {
  let to = body.indexOf(10, from);
  if (to < 0 || to > end) to = end;
  const known = findLine(state.template, body, lineStart, to);
  if (known >= 0) {
    lines.add(known, 0, 0, state.template.refs[known]);
    return to + 1;
  }
  const meta = readMetaLine(body, from, to, state.template.strict, state.interner);
  let ref = META;
  if (meta.kind === 'eof') ref = EOF_REF;
  else if (meta.kind === 'type') {
    ref = ((METRIC_TYPES.indexOf(meta.type) + 1) << 3) | META;
    state.metadata.setType(meta.metric, meta.type);
  } else if (meta.kind === 'help' || meta.kind === 'unit')
    state.metadata.setText(meta.metric, meta.kind, meta.text);
  lines.add(-1, lineStart, to, ref);
  return to + 1;
}

/** A line with a sample that is not the expected one. Returns where the next line starts. */
function readSeries(
  state: ExpositionState,
  lines: ChangedLines,
  body: Uint8Array,
  lineStart: number,
  from: number,
  end: number,
): number {
  const { template, scan, options } = state;
  const seriesEnd = scanSeries(body, from, end, template.strict, scan);
  const blank = body[seriesEnd] === 32 || (!template.strict && body[seriesEnd] === 9);
  const keyTo = blank ? seriesEnd + 1 : seriesEnd;
  const known = findLine(template, body, lineStart, keyTo);
  if (known >= 0 && (template.refs[known] & 7) !== META) {
    return readKnownLine(state, lines, body, lineStart, keyTo, end, known);
  }
  if (!blank && template.strict) {
    throw textError(body, lineStart, seriesEnd, 'expected a space and a value after the series');
  }
  // A name alone with its value right behind it cannot be told by its bytes from a longer name.
  if (!blank && body[seriesEnd - 1] !== 125) lines.unkeyed = true;
  const value = readValue(state, body, lineStart, keyTo);
  const next = readTail(body, lineStart, state.cursor.end, end, template.strict, state.cursor, state.tail);
  if (options.sampleLimit > 0 && lines.samples - lines.dropped >= options.sampleLimit) {
    // The body fails anyway, and is read on only to be counted.
    lines.add(-1, lineStart, keyTo, NEW);
    return next;
  }
  const texts = seriesTexts(body, lineStart, scan, state.interner);
  normalizeBounds(texts, lines.type);
  const labels = options.decide(texts);
  lines.add(-1, lineStart, keyTo, labels === null ? DROPPED : newSample(state, lines, labels, value));
  return next;
}

function newSample(state: ExpositionState, lines: ChangedLines, labels: Labels, value: number): number {
  const { timeMs } = state.tail;
  state.seriesAdded++;
  if (state.options.honorTimestamps && timeMs === timeMs) {
    const index = lines.addNew(labels, 0, value);
    state.timed.push(-1 - index, timeMs, value);
    return (index << 3) | NEW_TIMED;
  }
  return (lines.addNew(labels, 0, value) << 3) | NEW;
}

/** The value at `from`, behind blanks where the format takes them; `state.cursor.end` is the place behind it. */
function readValue(state: ExpositionState, body: Uint8Array, lineStart: number, from: number): number {
  const at = state.template.strict ? from : skipBlanks(body, from);
  const value = readFloat(body, at, state.cursor);
  if (state.cursor.end >= 0) return value;
  const reason =
    body[at] === 10
      ? 'expected a value after the series'
      : state.cursor.end === OUT_OF_RANGE
        ? 'expected a value within the range of float64'
        : 'expected a number as value';
  throw textError(body, lineStart, at, reason);
}
