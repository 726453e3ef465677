// Makes rule groups from the text of a rule file in Prometheus's format: every key and expression checked, every error
// found at once and told with file, line and column.
import { type Expr, parse, QueryError } from '../../query/index.ts';
import { type Findings, isEmpty, keyNode, openFindings } from '../yaml/findings.ts';
import {
  count,
  duration,
  type Fail,
  type Located,
  list,
  located,
  mapping,
  object,
  type Values,
  verbatim,
} from '../yaml/schema.ts';

export interface RuleGroup {
  /** Unique within its file. */
  readonly name: string;
  readonly file: string;
  /** null: the global evaluation interval. */
  readonly intervalMs: number | null;
  /** null: the global one. */
  readonly queryOffsetMs: number | null;
  /** How many series or alerts a rule may give; 0: no limit. */
  readonly limit: number;
  readonly rules: readonly Rule[];
}

export type Rule = RecordingRule | AlertingRule;

interface RuleBase {
  /** As written. */
  readonly expr: string;
  readonly tree: Expr;
  /** Those of the group, then the rule's own. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface RecordingRule extends RuleBase {
  readonly kind: 'recording';
  /** Name of the metric that it writes. */
  readonly record: string;
}

export interface AlertingRule extends RuleBase {
  readonly kind: 'alerting';
  readonly alert: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule file that cannot be used. `message` has a line for every error, each with file, line and column. */
export class RuleFileError extends Error {
  override name = 'RuleFileError';
}

const RULE_FIELDS = {
  record: verbatim,
  alert: verbatim,
  expr: located(verbatim),
  for: duration,
  keep_firing_for: duration,
  labels: mapping(verbatim, labelProblem),
  annotations: mapping(verbatim, annotationProblem),
} as const;

type WrittenRule = Values<typeof RULE_FIELDS>;

const GROUP_FIELDS = {
  name: verbatim,
  interval: duration,
  query_offset: duration,
  limit: count,
  labels: mapping(verbatim, labelProblem),
  rules: list(located(object(RULE_FIELDS, { check: checkRule }))),
} as const;

const ruleFile = object({ groups: list(located(object(GROUP_FIELDS, { required: ['name'] }))) });

/**
 * Reads the groups of a rule file.
 * @throws RuleFileError
 */
export function loadRuleFile(text: string, { file }: { readonly file: string }): RuleGroup[] {
  const found = openFindings(text, { file, env: null });
  const root = found.root === null || isEmpty(found.root) ? undefined : { node: found.root, path: '' };
  const written = (root && ruleFile(root, found)?.groups) ?? [];
  const names = new Set<string>();
  const groups = written.map(({ value, place }) => {
    const name = value.name ?? '';
    const at = keyNode(place.node, 'name');
    if (value.name === '') found.error(at, `${place.path}.name: is empty`);
    if (names.has(name))
      found.error(at, `${place.path}.name: there is another group ${JSON.stringify(name)}`);
    if (name !== '') names.add(name);
    return {
      name,
      file,
      intervalMs: value.interval ?? null,
      queryOffsetMs: value.query_offset ?? null,
      limit: value.limit ?? 0,
      rules: (value.rules ?? []).flatMap((rule) => completeRule(rule, value.labels ?? {}, found)),
    };
  });
  const errors = found.errors();
  if (errors.length > 0) throw new RuleFileError(errors.join('\n'));
  return groups;
}

/** One rule, or none where its expression is missing or wrong. */
function completeRule(
  { value: written }: Located<WrittenRule>,
  groupLabels: Readonly<Record<string, string>>,
  found: Findings,
): Rule[] {
  const tree = written.expr && parseExpr(written.expr, found);
  if (!tree || !written.expr) return [];
  const base = { expr: written.expr.value, tree, labels: { ...groupLabels, ...written.labels } };
  if (written.record !== undefined) return [{ kind: 'recording', record: written.record, ...base }];
  return [
    {
      kind: 'alerting',
      alert: written.alert ?? '',
      forMs: written.for ?? 0,
      keepFiringForMs: written.keep_firing_for ?? 0,
      annotations: written.annotations ?? {},
      ...base,
    },
  ];
}

function parseExpr({ value, place }: Located<string>, found: Findings): Expr | undefined {
  if (value.trim() === '') return undefined; // told by checkRule
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    found.error(place.node, `${place.path}: ${error.message}`);
    return undefined;
  }
}

function checkRule(written: WrittenRule, fail: Fail<typeof RULE_FIELDS>): void {
  const { record, alert, expr } = written;
  if (record !== undefined && alert !== undefined) fail('alert', 'only one of record and alert can be set');
  if (!record && !alert) fail('record', 'one of record and alert must be set');
  if (!expr || expr.value.trim() === '') fail('expr', 'expr is missing');
  if (record === undefined || alert !== undefined) return;
  for (const key of ['for', 'keep_firing_for', 'annotations'] as const)
    if (written[key] !== undefined) fail(key, 'belongs to alerting rules; a recording rule has none');
  if (/[{}]/.test(record)) fail('record', `${JSON.stringify(record)} has braces; selectors belong into expr`);
  else if (!record.isWellFormed()) fail('record', `${JSON.stringify(record)} is not a valid metric name`);
}

function labelProblem(name: string): string | undefined {
  if (name === '__name__') return 'a rule cannot set the label __name__';
  return annotationProblem(name);
}

function annotationProblem(name: string): string | undefined {
  return name === '' || !name.isWellFormed() ? `${JSON.stringify(name)} is not a valid name` : undefined;
}

/** Rules of one name and one set of labels, which write or raise the same; by what they are. */
export function duplicateRules(groups: readonly RuleGroup[]): { name: string; labels: string[] }[] {
  const seen = new Set<string>();
  const twice = new Map<string, { name: string; labels: string[] }>();
  for (const rule of groups.flatMap(({ rules }) => rules)) {
    const name = rule.kind === 'recording' ? rule.record : rule.alert;
    const labels = Object.entries(rule.labels)
      .map(([label, value]) => `${label}: ${value}`)
      .sort();
    const key = JSON.stringify([rule.kind, name, labels]);
    if (seen.has(key)) twice.set(key, { name, labels });
    seen.add(key);
  }
  return [...twice.values()];
}
