// Target groups as files and HTTP answers hold them: `[{"targets": ["host:port"], "labels": {"name": "value"}}]`.
import { parse } from 'yaml';
import type { TargetGroup } from '../config/config.ts';

/**
 * Reads groups from JSON or YAML, and adds labels to each.
 * @throws Error that tells what is wrong
 */
export function parseGroups(
  text: string,
  format: 'json' | 'yaml',
  labels: Readonly<Record<string, string>>,
): TargetGroup[] {
  // Without types every scalar stays as it is written: a label `1.10` is not 1.1.
  const data: unknown =
    format === 'json' ? JSON.parse(text) : parse(text, { schema: 'failsafe', prettyErrors: false });
  if (data === null || data === '') return [];
  if (!Array.isArray(data)) throw new Error('expected a list of target groups');
  return data.map((entry: unknown, i) => {
    const group = readGroup(entry, `group ${i}`);
    return { targets: group.targets, labels: { ...group.labels, ...labels } };
  });
}

function readGroup(entry: unknown, where: string): TargetGroup {
  if (!isRecord(entry)) throw new Error(`${where}: expected a mapping with targets and labels`);
  for (const key of Object.keys(entry))
    if (key !== 'targets' && key !== 'labels')
      throw new Error(`${where}: unknown key ${JSON.stringify(key)}; there are targets and labels`);
  const targets = entry.targets || [];
  if (!Array.isArray(targets) || !targets.every((target) => typeof target === 'string'))
    throw new Error(`${where}: targets: expected a list of texts such as "host:9100"`);
  const labels = entry.labels || {};
  if (!isRecord(labels)) throw new Error(`${where}: labels: expected a mapping`);
  for (const [name, value] of Object.entries(labels)) {
    if (name === '' || !name.isWellFormed())
      throw new Error(`${where}: ${JSON.stringify(name)} is not a valid label name`);
    if (typeof value !== 'string') throw new Error(`${where}: label ${name}: expected a text`);
  }
  return { targets, labels: labels as Record<string, string> };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
