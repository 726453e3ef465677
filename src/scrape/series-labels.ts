// What labels a scraped series gets: the target's are attached (conflicts as upstream settles them), metric
// relabelling runs, and the job's limits on labels are kept.
import { compareText, type Labels, METRIC_NAME } from '../../storage/model/labels.ts';
import type { MetricType } from '../../storage/source.ts';
import { normalizeBound } from './float.ts';

/** A scrape that fails as a whole, with the reason that /api/v1/targets shows. */
export class ScrapeError extends Error {
  override name = 'ScrapeError';
}

export interface LabelLimits {
  /** Labels a series may have, its name included; 0: no limit. Lengths are in bytes of UTF-8. */
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  /** Names of the old alphabet only (`metric_name_validation_scheme: legacy`). */
  readonly legacyNames: boolean;
}

const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A limit on labels that a series breaks; counted apart from other failures. */
export class LabelLimitError extends ScrapeError {
  override name = 'LabelLimitError';
}

/**
 * Writes `le` of histograms and `quantile` of summaries in one way (`1` becomes `1.0`), so that clients in different
 * languages give the same series. `texts` holds names and values in turn.
 */
export function normalizeBounds(texts: string[], type: MetricType): void {
  const name =
    type === 'summary' ? 'quantile' : type === 'histogram' || type === 'gaugehistogram' ? 'le' : null;
  if (name === null) return;
  for (let i = 2; i < texts.length; i += 2)
    if (texts[i] === name) texts[i + 1] = normalizeBound(texts[i + 1]);
}

/**
 * Scraped labels (names and values in turn, empty values included) and the target's, merged and sorted. Where both
 * have a label, `honorLabels` keeps the scraped one; else the target's wins and the scraped one is renamed to
 * `exported_…`, with the prefix repeated until the name is free. `texts` is sorted in place.
 * @throws ScrapeError where the series repeats a label name.
 */
export function attachTargetLabels(texts: string[], target: Labels, honorLabels: boolean): Labels {
  sortPairs(texts);
  const merged: string[] = [];
  let i = 0;
  let t = 0;
  while (i < texts.length || t < target.length) {
    const order = i === texts.length ? 1 : t === target.length ? -1 : compareText(texts[i], target[t]);
    if (order === 0) return settleConflicts(texts, target, honorLabels);
    if (order > 0) {
      merged.push(target[t], target[t + 1]);
      t += 2;
      continue;
    }
    // An empty label is an absent one.
    if (texts[i + 1] !== '') merged.push(texts[i], texts[i + 1]);
    i += 2;
  }
  return merged;
}

/** How many label names a series may have for its order to be remembered. */
const SHAPES_MAX = 33;

/** The order of labels that a list of names gave, where every scraped value was there and nothing was in conflict. */
interface Shape {
  readonly names: readonly string[];
  /** The label at each place, name and value in turn: an index into the texts, or, as -1 - i, into the target's. */
  readonly order: Int32Array;
}

/**
 * `attachTargetLabels` for the series of one target, remembering the order of labels by their names: series of one
 * metric have the same ones.
 */
export function createLabelAttacher(target: Labels, honorLabels: boolean): (texts: string[]) => Labels {
  /** The newest shape by number of labels; a histogram has two, which alternate. */
  const shapes: (Shape | undefined)[] = [];
  return (texts) => {
    const count = texts.length >> 1;
    const shape = shapes[count];
    if (shape !== undefined && hasShape(texts, shape.names)) {
      const { order } = shape;
      const labels = new Array<string>(order.length);
      for (let i = 0; i < order.length; i++) {
        const from = order[i];
        labels[i] = from >= 0 ? texts[from] : target[-1 - from];
      }
      return labels;
    }
    const given = texts.slice();
    const labels = attachTargetLabels(texts, target, honorLabels);
    if (count < SHAPES_MAX && labels.length === given.length + target.length)
      shapes[count] = shapeOf(given, target, labels);
    return labels;
  };
}

function hasShape(texts: readonly string[], names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i++)
    if (texts[2 * i] !== names[i] || texts[2 * i + 1] === '') return false;
  return true;
}

/** undefined where names were changed or values left out. */
function shapeOf(texts: readonly string[], target: Labels, labels: Labels): Shape | undefined {
  const names = texts.filter((_, i) => i % 2 === 0);
  const order = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i += 2) {
    const scraped = names.indexOf(labels[i]);
    const own = scraped < 0 ? target.indexOf(labels[i]) : -1;
    if (scraped < 0 && (own < 0 || own % 2 === 1)) return undefined;
    order[i] = scraped >= 0 ? 2 * scraped : -1 - own;
    order[i + 1] = scraped >= 0 ? 2 * scraped + 1 : -2 - own;
  }
  return { names, order };
}

/** Sorts names, each with its value. Insertion: a series has few labels, mostly in order. */
function sortPairs(texts: string[]): void {
  for (let i = 2; i < texts.length; i += 2) {
    const name = texts[i];
    const value = texts[i + 1];
    let j = i;
    for (; j > 0; j -= 2) {
      const order = compareText(texts[j - 2], name);
      if (order === 0)
        throw new ScrapeError(`label name ${JSON.stringify(name)} is not unique: ${quoteSeries(texts)}`);
      if (order < 0) break;
      texts[j] = texts[j - 2];
      texts[j + 1] = texts[j - 1];
    }
    texts[j] = name;
    texts[j + 1] = value;
  }
}

function quoteSeries(texts: readonly string[]): string {
  return cut(texts.filter((_, i) => i % 2 === 1).join(' '));
}

/** The merge where scraped series and target share label names. */
function settleConflicts(texts: readonly string[], target: Labels, honorLabels: boolean): Labels {
  const merged = new Map<string, string>();
  for (let i = 0; i < texts.length; i += 2) merged.set(texts[i], texts[i + 1]);
  const displaced: [name: string, value: string][] = [];
  for (let i = 0; i < target.length; i += 2) {
    const scraped = merged.get(target[i]);
    if (scraped !== undefined && honorLabels) continue;
    if (scraped) displaced.push([target[i], scraped]);
    merged.set(target[i], target[i + 1]);
  }
  // Shorter names first, as upstream, so that what each becomes does not depend on the order of the labels.
  displaced.sort((a, b) => a[0].length - b[0].length);
  for (const [name, value] of displaced) {
    let free = `exported_${name}`;
    while (merged.get(free)) free = `exported_${free}`;
    merged.set(free, value);
  }
  return [...merged]
    .filter(([, value]) => value !== '')
    .sort((a, b) => compareText(a[0], b[0]))
    .flat();
}

/**
 * Checks the final labels of a series.
 * @throws ScrapeError where it has no name, or breaks a limit.
 */
export function checkLabels(labels: Labels, limits: LabelLimits): void {
  let metric = '';
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === METRIC_NAME) metric = labels[i + 1];
  if (metric === '') throw new ScrapeError(`missing metric name (${METRIC_NAME} label)`);
  if (labels[0] === '') throw new ScrapeError(`invalid label name "" in a series of ${cut(metric)}`);
  if (limits.legacyNames) checkLegacyNames(labels, metric);
  const count = labels.length / 2;
  if (limits.labelLimit > 0 && count > limits.labelLimit) {
    throw new LabelLimitError(
      `label_limit exceeded (metric: ${cut(metric)}, number of labels: ${count}, limit: ${limits.labelLimit})`,
    );
  }
  const { labelNameLengthLimit: nameMax, labelValueLengthLimit: valueMax } = limits;
  if (nameMax === 0 && valueMax === 0) return;
  for (let i = 0; i < labels.length; i += 2) {
    const where = `metric: ${cut(metric)}, label name: ${cut(labels[i])}`;
    const nameLength = Buffer.byteLength(labels[i]);
    if (nameMax > 0 && nameLength > nameMax) {
      throw new LabelLimitError(
        `label_name_length_limit exceeded (${where}, length: ${nameLength}, limit: ${nameMax})`,
      );
    }
    const valueLength = Buffer.byteLength(labels[i + 1]);
    if (valueMax > 0 && valueLength > valueMax) {
      throw new LabelLimitError(
        `label_value_length_limit exceeded (${where}, value: ${JSON.stringify(cut(labels[i + 1]))}, ` +
          `length: ${valueLength}, limit: ${valueMax})`,
      );
    }
  }
}

function checkLegacyNames(labels: Labels, metric: string): void {
  if (!LEGACY_METRIC.test(metric))
    throw new ScrapeError(`invalid metric name ${JSON.stringify(cut(metric))}`);
  for (let i = 0; i < labels.length; i += 2) {
    if (!LEGACY_LABEL.test(labels[i])) {
      throw new ScrapeError(
        `invalid label name ${JSON.stringify(cut(labels[i]))} in a series of ${cut(metric)}`,
      );
    }
  }
}

function cut(text: string): string {
  return text.length > 50 ? `${text.slice(0, 50)}…` : text;
}
