// Lines that start with `#`: TYPE, HELP and UNIT of a metric, comments, and OpenMetrics' end mark.
import type { MetricType } from '../../storage/source.ts';
import { textError } from './exposition-error.ts';
import { metricNameEnd, quotedEnd, skipBlanks } from './series-scan.ts';
import type { TextInterner } from './text-interner.ts';

/** What a line says. `type`: of the metric `metric`; `help` and `unit`: its text. */
export type MetaLine =
  | { readonly kind: 'comment' }
  | { readonly kind: 'eof' }
  | { readonly kind: 'type'; readonly metric: string; readonly type: MetricType }
  | { readonly kind: 'help' | 'unit'; readonly metric: string; readonly text: string };

const COMMENT: MetaLine = { kind: 'comment' };
const EOF: MetaLine = { kind: 'eof' };

/** Types by the word of text 0.0.4 and 1.0.0. */
const TEXT_TYPES = new Map<string, MetricType>([
  ['counter', 'counter'],
  ['gauge', 'gauge'],
  ['histogram', 'histogram'],
  ['summary', 'summary'],
  ['untyped', 'unknown'],
]);
/** Types by the word of OpenMetrics. */
const OPEN_METRICS_TYPES = new Map<string, MetricType>(
  (
    ['counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset', 'unknown'] as const
  ).map((type) => [type, type]),
);

/**
 * Reads the line whose `#` is at `at` and whose line feed is at `lineEnd`.
 * @throws ExpositionError
 */
export function readMetaLine(
  body: Uint8Array,
  at: number,
  lineEnd: number,
  strict: boolean,
  interner: TextInterner,
): MetaLine {
  const blank = body[at + 1];
  if (blank !== 32 && (strict || blank !== 9)) {
    if (strict) throw textError(body, at, at, 'expected "# " and TYPE, HELP, UNIT or EOF');
    return COMMENT;
  }
  let p = strict ? at + 2 : skipBlanks(body, at + 2);
  const word = keyword(body, p, lineEnd, strict);
  if (word === null) {
    if (strict) throw textError(body, at, p, 'expected TYPE, HELP, UNIT or EOF after "# "');
    return COMMENT;
  }
  if (word === 'eof') return EOF;
  p = strict ? p + 5 : skipBlanks(body, p + 5);
  const quoted = body[p] === 34;
  const nameEnd = quoted ? quotedEnd(body, at, p, lineEnd) : metricNameEnd(body, p);
  if (nameEnd === p) throw textError(body, at, p, `expected a metric name after ${word.toUpperCase()}`);
  if (strict && body[nameEnd] !== 32) {
    throw textError(body, at, nameEnd, `expected a space and text after the name in ${word.toUpperCase()}`);
  }
  const metric = quoted ? interner.text(body, p + 1, nameEnd - 1) : interner.text(body, p, nameEnd);
  const text = interner.raw(body, Math.min(nameEnd + 1, lineEnd), lineEnd);
  if (metric === null || text === null) throw textError(body, at, p, 'expected UTF-8 text');
  if (word === 'type') {
    const type = (strict ? OPEN_METRICS_TYPES : TEXT_TYPES).get(text);
    if (type === undefined) {
      throw textError(body, at, nameEnd, `expected a metric type, got ${JSON.stringify(text)}`);
    }
    return { kind: 'type', metric, type };
  }
  if (word === 'unit' && text !== '' && !metric.endsWith(`_${text}`)) {
    throw textError(body, at, nameEnd, `expected the unit ${JSON.stringify(text)} to end the metric's name`);
  }
  return { kind: word, metric, text: word === 'help' ? unescapeHelp(text, strict) : text };
}

/** Which keyword stands at `p`, with what must follow it. */
function keyword(
  body: Uint8Array,
  p: number,
  lineEnd: number,
  strict: boolean,
): 'help' | 'type' | 'unit' | 'eof' | null {
  if (strict && p + 3 === lineEnd && startsWith(body, p, 'EOF')) return 'eof';
  if (body[p + 4] !== 32 && (strict || body[p + 4] !== 9)) return null;
  if (startsWith(body, p, 'HELP')) return 'help';
  if (startsWith(body, p, 'TYPE')) return 'type';
  return strict && startsWith(body, p, 'UNIT') ? 'unit' : null;
}

function startsWith(body: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (body[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function unescapeHelp(text: string, strict: boolean): string {
  if (!text.includes('\\')) return text;
  return text.replace(strict ? /\\([\\"n])/g : /\\([\\n])/g, (_, c: string) => (c === 'n' ? '\n' : c));
}
