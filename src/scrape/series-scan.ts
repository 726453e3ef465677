// The series at the head of an exposition line, `name{label="value",…}` or `{"quoted name",label="value",…}`: finds
// where its parts lie, by bytes, without making a string. Text formats 0.0.4 and 1.0.0 share this grammar; OpenMetrics
// is the same without its leniencies (`strict`). Accepts and refuses what upstream's lexers do.
import { textError } from './exposition-error.ts';
import type { TextInterner } from './text-interner.ts';

/**
 * Where the parts of one series lie in the body. One is made per reader and reused: series that follow each other
 * mostly begin alike, and what lies in that beginning is neither scanned nor made text of again.
 */
export interface SeriesScan {
  /** The body, four bytes at a time. */
  words: DataView;
  /** Where the series starts, -1 before the first of a body; and where its braces begin (behind them), 0 for none. */
  from: number;
  open: number;
  nameFrom: number;
  nameTo: number;
  /** Per label four positions: name from, name to, value from, value to (quotes left out). */
  spans: Int32Array;
  labelCount: number;
  /** The texts of the series (as `seriesTexts` gives them), and how many labels' are right already. */
  readonly texts: string[];
  textCount: number;
}

export function createSeriesScan(): SeriesScan {
  return {
    words: new DataView(new ArrayBuffer(0)),
    from: -1,
    open: 0,
    nameFrom: -1,
    nameTo: -1,
    spans: new Int32Array(64),
    labelCount: 0,
    texts: ['__name__'],
    textCount: -1,
  };
}

/** Before a body: nothing is known of it. */
export function resetScan(scan: SeriesScan, body: Uint8Array): void {
  scan.words = new DataView(body.buffer, body.byteOffset, body.length);
  scan.from = -1;
  scan.open = scan.labelCount = 0;
  scan.textCount = -1;
}

const QUOTE = 34;
const COMMA = 44;
const EQUALS = 61;
const OPEN = 123;
const CLOSE = 125;

const LABEL_START = 1;
const NAME_START = 2;
const DIGIT = 4;
/** What a byte may be part of: the start of a label name, the start of a metric name (with `:`), a digit. */
const classes = new Uint8Array(256);
for (let c = 48; c <= 57; c++) classes[c] = DIGIT;
for (let c = 65; c <= 90; c++) classes[c] = classes[c + 32] = LABEL_START | NAME_START;
classes[95] = LABEL_START | NAME_START;
classes[58] = NAME_START;

/** Behind the metric name that starts at `from`; `from` itself where none starts there. */
export function metricNameEnd(body: Uint8Array, from: number): number {
  if ((classes[body[from]] & NAME_START) === 0) return from;
  let p = from + 1;
  while ((classes[body[p]] & (NAME_START | DIGIT)) !== 0) p++;
  return p;
}

/** Behind spaces and tabs. */
export function skipBlanks(body: Uint8Array, from: number): number {
  let p = from;
  while (body[p] === 32 || body[p] === 9) p++;
  return p;
}

/**
 * Finds the parts of the series at `from`, fills `scan` and returns the position behind the series.
 * `body[end]` must be a line feed.
 * @throws ExpositionError
 */
export function scanSeries(
  body: Uint8Array,
  from: number,
  end: number,
  strict: boolean,
  scan: SeriesScan,
): number {
  const shared = takeShared(body, from, scan);
  if (shared > 0) return scanLabels(body, from, shared, end, strict, scan);
  scan.from = from;
  scan.open = scan.labelCount = 0;
  scan.textCount = -1;
  let p = metricNameEnd(body, from);
  if (p > from) {
    scan.nameFrom = from;
    scan.nameTo = p;
    const open = strict ? p : skipBlanks(body, p);
    if (body[open] !== OPEN) return p;
    scan.open = open + 1;
    return scanLabels(body, from, open + 1, end, strict, scan);
  }
  if (body[from] !== OPEN) throw textError(body, from, from, 'expected a metric name');
  scan.nameFrom = scan.nameTo = -1;
  p = scanLabels(body, from, from + 1, end, strict, scan);
  if (scan.nameFrom < 0) throw textError(body, from, p, 'expected a quoted metric name in the braces');
  return p;
}

/**
 * Keeps what the series at `from` has in common with the one scanned before: its name and whole labels. Returns where
 * the rest starts, 0 where there is nothing in common.
 */
function takeShared(body: Uint8Array, from: number, scan: SeriesScan): number {
  const { spans, labelCount } = scan;
  if (scan.open === 0) return 0;
  const shift = from - scan.from;
  // A label is whole where the comma behind it is the same too, which keeps the rest from being part of its value.
  const last = labelCount === 0 ? scan.open : spans[labelCount * 4 - 1];
  let p = scan.from;
  const { words } = scan;
  const wide = Math.min(last, body.length - shift) - 4;
  while (p <= wide && words.getInt32(p, true) === words.getInt32(p + shift, true)) p += 4;
  while (p <= last && body[p] === body[p + shift]) p++;
  if (p < scan.open) return 0;
  let kept = labelCount;
  while (kept > 0 && !(spans[kept * 4 - 1] + 1 < p && body[spans[kept * 4 - 1] + 1] === COMMA)) kept--;
  for (let i = 0; i < kept * 4; i++) spans[i] += shift;
  scan.from = from;
  scan.open += shift;
  scan.nameFrom += shift;
  scan.nameTo += shift;
  scan.labelCount = kept;
  scan.textCount = Math.min(scan.textCount, kept);
  return kept === 0 ? scan.open : spans[kept * 4 - 1] + 2;
}

/** What stands between the braces, from a label's start on; returns the position behind the closing one. */
function scanLabels(
  body: Uint8Array,
  lineStart: number,
  from: number,
  end: number,
  strict: boolean,
  scan: SeriesScan,
): number {
  let p = strict ? from : skipBlanks(body, from);
  while (body[p] !== CLOSE) {
    const nameFrom = p;
    const quoted = body[p] === QUOTE;
    p = quoted ? quotedEnd(body, lineStart, p, end) : labelNameEnd(body, lineStart, p);
    const nameTo = p;
    if (!strict) p = skipBlanks(body, p);
    if (quoted && (body[p] === COMMA || body[p] === CLOSE)) {
      if (scan.nameFrom >= 0) throw textError(body, lineStart, p, 'expected one metric name, got a second');
      scan.nameFrom = nameFrom + 1;
      scan.nameTo = nameTo - 1;
    } else {
      if (body[p] !== EQUALS) throw textError(body, lineStart, p, 'expected = after the label name');
      p = strict ? p + 1 : skipBlanks(body, p + 1);
      if (body[p] !== QUOTE) throw textError(body, lineStart, p, 'expected a label value in quotes');
      const valueEnd = quotedEnd(body, lineStart, p, end);
      if (strict) refuseLineFeed(body, lineStart, p, valueEnd);
      addSpan(scan, quoted ? nameFrom + 1 : nameFrom, quoted ? nameTo - 1 : nameTo, p + 1, valueEnd - 1);
      p = strict ? valueEnd : skipBlanks(body, valueEnd);
    }
    // The lenient formats take labels that no comma separates, as upstream does.
    if (body[p] === COMMA) p = strict ? p + 1 : skipBlanks(body, p + 1);
    else if (strict && body[p] !== CLOSE) throw textError(body, lineStart, p, 'expected a comma or }');
  }
  return p + 1;
}

function addSpan(scan: SeriesScan, a: number, b: number, c: number, d: number): void {
  const at = scan.labelCount * 4;
  if (at === scan.spans.length) {
    const grown = new Int32Array(at * 2);
    grown.set(scan.spans);
    scan.spans = grown;
  }
  const spans = scan.spans;
  spans[at] = a;
  spans[at + 1] = b;
  spans[at + 2] = c;
  spans[at + 3] = d;
  scan.labelCount++;
}

function labelNameEnd(body: Uint8Array, lineStart: number, from: number): number {
  if ((classes[body[from]] & LABEL_START) === 0) {
    throw textError(body, lineStart, from, 'expected a label name or }');
  }
  let p = from + 1;
  while ((classes[body[p]] & (LABEL_START | DIGIT)) !== 0) p++;
  return p;
}

/** Behind the closing quote of the text that starts with a quote at `from`; a backslash shields the next byte. */
export function quotedEnd(body: Uint8Array, lineStart: number, from: number, end: number): number {
  let p = from + 1;
  while (p < end) {
    const c = body[p];
    if (c === QUOTE) return p + 1;
    if (c === 92) {
      p++;
      // A backslash at the end of a line shields nothing.
      if (body[p] === 10) break;
    }
    p++;
  }
  throw textError(body, lineStart, Math.min(p, end), 'expected a closing quote');
}

export function refuseLineFeed(body: Uint8Array, lineStart: number, from: number, to: number): void {
  const at = body.subarray(from, to).indexOf(10);
  if (at >= 0) throw textError(body, lineStart, from + at, 'expected a closing quote before the line ends');
}

/**
 * The texts of a scanned series: `__name__` and its value first, then label names and values in the order of the
 * body, empty values included.
 * @throws ExpositionError where a text is not UTF-8.
 */
export function seriesTexts(
  body: Uint8Array,
  lineStart: number,
  scan: SeriesScan,
  interner: TextInterner,
): string[] {
  const { texts, spans, labelCount } = scan;
  if (scan.textCount < 0) texts[1] = spanText(body, lineStart, scan.nameFrom, scan.nameTo, interner);
  for (let i = Math.max(0, scan.textCount); i < labelCount; i++) {
    const at = i * 4;
    texts[2 + i * 2] = spanText(body, lineStart, spans[at], spans[at + 1], interner);
    texts[3 + i * 2] = spanText(body, lineStart, spans[at + 2], spans[at + 3], interner);
  }
  scan.textCount = labelCount;
  return texts.slice(0, 2 + labelCount * 2);
}

function spanText(
  body: Uint8Array,
  lineStart: number,
  from: number,
  to: number,
  interner: TextInterner,
): string {
  const text = interner.text(body, from, to);
  if (text === null) throw textError(body, lineStart, from, 'expected UTF-8 text');
  return text;
}
