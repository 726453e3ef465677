// Relabelling as Prometheus does it: an ordered list of rules that rewrite, keep or drop a label set. Pure. Rules are
// compiled once; the same code serves targets, scraped samples, remote writes and alerts.
import { createHash } from 'node:crypto';
import type { RE2JS } from 're2js';
import { compareText, type Labels } from '../storage/model/labels.ts';
import { compilePattern, compileRegex } from '../storage/model/matcher.ts';
import type { RelabelRule } from './config/config.ts';

/** New labels, or null where the rules drop what has these. The input is not changed. */
export type Relabel = (labels: Labels) => Labels | null;

export interface RelabelStep {
  readonly rule: RelabelRule;
  readonly output: Labels;
  readonly keep: boolean;
}

/** A label set while rules work on it. An empty value is an absent label. */
type Working = Map<string, string>;
/** One rule; false where it drops the label set. */
type Step = (labels: Working) => boolean;

/**
 * Makes one function of a list of rules, to be used any number of times.
 * @throws PatternError where a regex is not RE2 syntax
 */
export function compileRelabel(rules: readonly RelabelRule[]): Relabel {
  if (rules.length === 0) return (labels) => labels;
  const steps = rules.map(compileRule);
  return (labels) => {
    const working = toWorking(labels);
    for (const step of steps) if (!step(working)) return null;
    return toLabels(working);
  };
}

/** What each rule makes of a label set, up to the one that drops it. @throws PatternError */
export function relabelSteps(labels: Labels, rules: readonly RelabelRule[]): RelabelStep[] {
  const working = toWorking(labels);
  const done: RelabelStep[] = [];
  for (const rule of rules) {
    const keep = compileRule(rule)(working);
    done.push({ rule, output: keep ? toLabels(working) : [], keep });
    if (!keep) break;
  }
  return done;
}

function toWorking(labels: Labels): Working {
  const working: Working = new Map();
  for (let i = 0; i < labels.length; i += 2) working.set(labels[i], labels[i + 1]);
  return working;
}

function toLabels(working: Working): Labels {
  return [...working.keys()].sort(compareText).flatMap((name) => [name, working.get(name)!]);
}

function setLabel(labels: Working, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

function compileRule(rule: RelabelRule): Step {
  const { action, targetLabel } = rule;
  const source = sourceOf(rule);
  switch (action) {
    case 'replace':
      return compileReplace(rule, source);
    case 'keep':
    case 'drop': {
      const matches = compilePattern(rule.regex);
      const wanted = action === 'keep';
      return (labels) => matches(source(labels)) === wanted;
    }
    case 'keepequal':
      return (labels) => (labels.get(targetLabel) ?? '') === source(labels);
    case 'dropequal':
      return (labels) => (labels.get(targetLabel) ?? '') !== source(labels);
    case 'lowercase':
      return alwaysKeep((labels) => setLabel(labels, targetLabel, source(labels).toLowerCase()));
    case 'uppercase':
      return alwaysKeep((labels) => setLabel(labels, targetLabel, source(labels).toUpperCase()));
    case 'hashmod':
      return alwaysKeep((labels) => setLabel(labels, targetLabel, hashModulo(source(labels), rule.modulus)));
    case 'labelmap':
      return alwaysKeep(compileLabelMap(rule));
    case 'labeldrop':
    case 'labelkeep': {
      const matches = compilePattern(rule.regex);
      const unwanted = action === 'labeldrop';
      return alwaysKeep((labels) => {
        for (const name of [...labels.keys()]) if (matches(name) === unwanted) labels.delete(name);
      });
    }
  }
}

function alwaysKeep(change: (labels: Working) => void): Step {
  return (labels) => {
    change(labels);
    return true;
  };
}

/** The values of the source labels, joined. */
function sourceOf({ sourceLabels, separator }: RelabelRule): (labels: Working) => string {
  if (sourceLabels.length === 1) {
    const [only] = sourceLabels;
    return (labels) => labels.get(only) ?? '';
  }
  return (labels) => {
    let joined = '';
    for (let i = 0; i < sourceLabels.length; i++) {
      if (i > 0) joined += separator;
      joined += labels.get(sourceLabels[i]) ?? '';
    }
    return joined;
  };
}

const DEFAULT_REGEX = '(.*)';

/** Where the regex matches the whole source: writes the expanded replacement to the expanded target label. */
function compileReplace(rule: RelabelRule, source: (labels: Working) => string): Step {
  const { regex, targetLabel, replacement } = rule;
  if (regex === DEFAULT_REGEX && !targetLabel.includes('$')) {
    // What most rules write: a copy of the source, or a constant.
    if (replacement === '$1') return alwaysKeep((labels) => setLabel(labels, targetLabel, source(labels)));
    if (!replacement.includes('$')) return alwaysKeep((labels) => setLabel(labels, targetLabel, replacement));
  }
  const compiled = compileRegex(regex);
  const target = compileTemplate(targetLabel, compiled);
  const value = compileTemplate(replacement, compiled);
  return alwaysKeep((labels) => {
    const groups = matchGroups(compiled, source(labels));
    if (!groups) return;
    const name = target(groups);
    if (name !== '') setLabel(labels, name, value(groups));
  });
}

/** Copies labels whose name matches to a name made of the match; all are matched before any is written. */
function compileLabelMap({ regex, replacement }: RelabelRule): (labels: Working) => void {
  const compiled = compileRegex(regex);
  const target = compileTemplate(replacement, compiled);
  return (labels) => {
    for (const [name, value] of [...labels]) {
      const groups = matchGroups(compiled, name);
      if (groups) setLabel(labels, target(groups), value);
    }
  };
}

/** Whole match and groups of an anchored match, '' for a group that took no part; null where nothing matches. */
function matchGroups(regex: RE2JS, text: string): string[] | null {
  const matcher = regex.matcher(text);
  if (!matcher.matches()) return null;
  const groups: string[] = [];
  for (let i = 0; i <= matcher.groupCount(); i++) groups.push(matcher.group(i) ?? '');
  return groups;
}

type Template = (groups: readonly string[]) => string;

/**
 * Compiles `$1`, `$name`, `${1}`, `${name}` and `$$` as Go's Regexp.Expand reads them: a bare name is as long as it
 * can be (`$1x` is the group named `1x`), a group that does not exist is empty, and a `$` with no name behind it stays.
 */
export function compileTemplate(template: string, regex: RE2JS): Template {
  if (!template.includes('$')) return () => template;
  const parts: (string | number)[] = [];
  const names = regex.namedGroups();
  let literal = '';
  for (let i = 0; i < template.length; ) {
    const reference = readReference(template, i);
    if (!reference) {
      literal += template[i++];
      continue;
    }
    i = reference.end;
    if (reference.name === '$') {
      literal += '$';
      continue;
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(groupIndex(reference.name, names));
  }
  if (literal !== '') parts.push(literal);
  return (groups) => parts.map((part) => (typeof part === 'string' ? part : (groups[part] ?? ''))).join('');
}

function readReference(template: string, at: number): { name: string; end: number } | undefined {
  if (template[at] !== '$') return undefined;
  if (template[at + 1] === '$') return { name: '$', end: at + 2 };
  REFERENCE.lastIndex = at;
  const match = REFERENCE.exec(template);
  return match ? { name: match[1] ?? match[2], end: REFERENCE.lastIndex } : undefined;
}
const REFERENCE = /\$(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/uy;

/** Number of a group by number or name; one that never exists for a name that the regex does not have. */
function groupIndex(name: string, names: Readonly<Record<string, number>>): number {
  if (/^(?:0|[1-9]\d*)$/.test(name)) return Number(name);
  return Object.hasOwn(names, name) ? names[name] : Number.POSITIVE_INFINITY;
}

/** The last eight bytes of the MD5 sum, as a big-endian number, modulo `modulus`. */
function hashModulo(text: string, modulus: number): string {
  const sum = createHash('md5').update(text, 'utf8').digest();
  return String(sum.readBigUInt64BE(8) % BigInt(modulus));
}
