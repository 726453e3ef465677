// Relabelling rules of the configuration: defaults, and which keys go with which action.
import { compileRegex, PatternError } from '../../storage/model/matcher.ts';
import {
  count,
  type Fail,
  list,
  object,
  parsed,
  type Reader,
  text,
  type Values,
  verbatim,
} from '../yaml/schema.ts';
import type { RelabelAction, RelabelRule } from './config.ts';

const ACTIONS: readonly RelabelAction[] = [
  'replace',
  'lowercase',
  'uppercase',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
];

const DEFAULT_SEPARATOR = ';';
const DEFAULT_REGEX = '(.*)';
const DEFAULT_REPLACEMENT = '$1';

const FIELDS = {
  source_labels: list(text),
  separator: text,
  regex: verbatim,
  modulus: count,
  target_label: verbatim,
  replacement: verbatim,
  action: parsed(
    (written) => ACTIONS.find((action) => action === written.toLowerCase()),
    `one of ${ACTIONS.join(', ')}`,
  ),
} as const;

type Written = Values<typeof FIELDS>;

/** One entry of a `*relabel_configs` list. */
export const relabelRule: Reader<RelabelRule> = (place, found) => {
  const read = object(FIELDS, { check: checkRule, empty: { regex: '', separator: '', replacement: '' } });
  const written = read(place, found);
  return (
    written && {
      action: written.action ?? 'replace',
      sourceLabels: written.source_labels ?? [],
      separator: written.separator ?? DEFAULT_SEPARATOR,
      regex: written.regex ?? DEFAULT_REGEX,
      modulus: written.modulus ?? 0,
      targetLabel: written.target_label ?? '',
      replacement: written.replacement ?? DEFAULT_REPLACEMENT,
    }
  );
};

/** Actions that write `target_label`. */
const NEEDS_TARGET: ReadonlySet<RelabelAction> = new Set([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
]);
/** Keys that mean nothing to an action and are refused beside it, as upstream. */
const REFUSED: Partial<Record<RelabelAction, readonly (keyof Written)[]>> = {
  lowercase: ['replacement'],
  uppercase: ['replacement'],
  keepequal: ['regex', 'modulus', 'separator', 'replacement'],
  dropequal: ['regex', 'modulus', 'separator', 'replacement'],
  labeldrop: ['source_labels', 'target_label', 'modulus', 'separator', 'replacement'],
  labelkeep: ['source_labels', 'target_label', 'modulus', 'separator', 'replacement'],
};
const DEFAULTS: Partial<Record<keyof Written, unknown>> = {
  separator: DEFAULT_SEPARATOR,
  regex: DEFAULT_REGEX,
  replacement: DEFAULT_REPLACEMENT,
  modulus: 0,
  target_label: '',
};

function checkRule(written: Written, fail: Fail<typeof FIELDS>): void {
  const action = written.action ?? 'replace';
  checkRegex(written, fail);
  if (action === 'hashmod' && !written.modulus) fail('modulus', 'hashmod needs a modulus above 0');
  if (NEEDS_TARGET.has(action) && !written.target_label)
    fail('target_label', `action ${action} needs target_label`);
  if (action === 'labelmap' && written.replacement === '')
    fail('replacement', 'labelmap needs a replacement that gives a label name');
  for (const key of REFUSED[action] ?? [])
    if (written[key] !== undefined && written[key] !== DEFAULTS[key])
      fail(key, `has no meaning with action ${action}; leave it out`);
  for (const label of written.source_labels ?? [])
    if (label === '') fail('source_labels', 'a label name is empty');
}

function checkRegex({ regex }: Written, fail: Fail<typeof FIELDS>): void {
  if (regex === undefined) return;
  try {
    compileRegex(regex);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    fail('regex', error.message);
  }
}
