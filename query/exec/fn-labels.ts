// label_replace() and label_join(): they look at labels only, never at times or values. Series that come to share
// their labels are merged where their values take turns.
import { compileRegex, PatternError } from '../../storage/model/matcher.ts';
import type { Call } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import type { Build } from './build.ts';
import { mergeLabelled } from './distinct.ts';
import { valueText, withLabel } from './labels.ts';
import type { Operator, SeriesTable } from './operator.ts';

/** The new labels of a series, or null where it stays as it is. */
type Relabel = (labels: Int32Array) => Int32Array | null;

/** label_replace(v, dst, replacement, src, regex). */
export function createLabelReplace(node: Call, build: Build): Operator {
  const { symbols } = build.context;
  const [target, replacement, source, pattern] = node.args.slice(1).map((arg) => build.string(arg));
  const regex = compile(pattern);
  checkLabelName(target, 'destination', 'label_replace');
  const template = parseTemplate(replacement);
  const targetId = symbols.intern(target);
  const sourceId = symbols.intern(source);
  return relabelled(node, build, targetId, (labels) => {
    const matcher = regex.matcher(valueText(labels, sourceId, symbols));
    if (!matcher.matches()) return null;
    const names = regex.namedGroups();
    const value = template
      .map((part) => {
        if (typeof part === 'string') return part;
        const group = part.group in names ? names[part.group] : Number(part.group);
        return Number.isInteger(group) && group <= matcher.groupCount() ? (matcher.group(group) ?? '') : '';
      })
      .join('');
    return withLabel(labels, targetId, symbols.intern(value), symbols);
  });
}

/** label_join(v, dst, separator, src…). */
export function createLabelJoin(node: Call, build: Build): Operator {
  const { symbols } = build.context;
  const [target, separator, ...sources] = node.args.slice(1).map((arg) => build.string(arg));
  for (const source of sources) checkLabelName(source, 'source', 'label_join');
  checkLabelName(target, 'destination', 'label_join');
  const targetId = symbols.intern(target);
  const sourceIds = sources.map((source) => symbols.intern(source));
  return relabelled(node, build, targetId, (labels) => {
    const value = sourceIds.map((id) => valueText(labels, id, symbols)).join(separator);
    return withLabel(labels, targetId, symbols.intern(value), symbols);
  });
}

function relabelled(node: Call, build: Build, targetId: number, relabel: Relabel): Operator {
  const { context, grid } = build;
  const input = build.vector(node.args[0]);
  const nameId = context.symbols.find('__name__');
  let table: SeriesTable | null = null;
  const operator: Operator = {
    series() {
      table ??= relabelTable(input.series(), relabel, targetId === nameId);
      return table;
    },
    read: (i, out) => input.read(i, out),
    explain: () => ({ name: node.func, inputs: [input] }),
  };
  return mergeLabelled(operator, context, grid.count);
}

/** `setsName`: a series that was given a name keeps it, though its old one was to be dropped. */
function relabelTable(inner: SeriesTable, relabel: Relabel, setsName: boolean): SeriesTable {
  const sets: Int32Array[] = [];
  const dropName = inner.dropName?.slice() ?? null;
  for (let i = 0; i < inner.count; i++) {
    const labels = inner.labels(i);
    const changed = relabel(labels);
    sets.push(changed ?? labels);
    if (changed && setsName && dropName) dropName[i] = 0;
  }
  return { count: inner.count, labels: (i) => sets[i], dropName };
}

function compile(pattern: string): ReturnType<typeof compileRegex> {
  try {
    return compileRegex(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new QueryError('execution', `invalid regular expression in label_replace(): ${pattern}`);
  }
}

/** Label names are any valid UTF-8 but the empty text; U+FFFD stands where the query had other bytes. */
function checkLabelName(name: string, role: string, func: string): void {
  if (name === '' || name.includes('\ufffd') || !name.isWellFormed())
    throw new QueryError('execution', `invalid ${role} label name in ${func}(): ${name}`);
}

/** Literal texts and the capture groups `$1`, `${1}`, `$name`, `${name}`; `$$` is a dollar sign. */
function parseTemplate(template: string): (string | { group: string })[] {
  const parts: (string | { group: string })[] = [];
  const token = /\$(?:\$|([A-Za-z0-9_]+)|\{([A-Za-z0-9_]+)\})/g;
  let at = 0;
  for (let found = token.exec(template); found; found = token.exec(template)) {
    parts.push(template.slice(at, found.index));
    const group = found[1] ?? found[2];
    parts.push(group === undefined ? '$' : { group });
    at = token.lastIndex;
  }
  parts.push(template.slice(at));
  return parts;
}
