// Label sets in the browser: a stable key and hash, the labels that all series share, text as PromQL writes it.
import type { Labels } from './api-types.ts';

/** Labels as one text, the same for the same set whatever the order. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** FNV-1a of a text, 32 bits: steers colours and names series in the address, so it must never change. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // FNV leaves the low bits of short similar texts close together; one round of mixing spreads them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** The labels that every set has with the same value; none when there are fewer than two sets. */
export function commonLabels(sets: readonly Labels[]): Labels {
  if (sets.length < 2) return {};
  const entries = Object.entries(sets[0]!);
  return Object.fromEntries(
    entries.filter(([name, value]) => sets.every((set) => Object.hasOwn(set, name) && set[name] === value)),
  );
}

const classic = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const classicMetric = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** A PromQL string literal. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

/** A label set as a selector: `up{job="api"}`, with quoted names where the alphabet asks for it. */
export function selector(labels: Labels): string {
  const { __name__: metric, ...rest } = labels;
  const plain = metric !== undefined && classicMetric.test(metric);
  const parts = Object.entries(rest)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${classic.test(name) ? name : quote(name)}=${quote(value)}`);
  if (metric !== undefined && !plain) parts.unshift(quote(metric));
  const name = plain ? metric : '';
  return parts.length > 0 || !name ? `${name}{${parts.join(', ')}}` : name;
}

/** Text for a regular expression that matches exactly this text (RE2 and JavaScript alike). */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** A legend template filled in: `{{job}} {{code}}`; labels that are missing leave nothing. */
export function fillTemplate(template: string, labels: Labels): string {
  return template.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, name: string) =>
    Object.hasOwn(labels, name) ? labels[name]! : '',
  );
}
