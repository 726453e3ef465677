// Label sets outside the store: flat arrays of text, name and value in turn, sorted by name. Inside store and
// engine labels are pairs of symbol ids (storage/source.ts); this is the form for the edges: what a scrape
// parsed, what an API answers, what a person reads.

/** `[name0, value0, name1, value1, …]`: names distinct, in `compareText` order, no empty value. */
export type Labels = readonly string[];

export const METRIC_NAME = '__name__';

/**
 * Orders text as Prometheus does: by its UTF-8 bytes, which is by code point. JavaScript's own `<` compares UTF-16
 * units and differs once a character lies beyond U+FFFF.
 */
export function compareText(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const xSurrogate = x >= 0xd800 && x <= 0xdfff;
      const ySurrogate = y >= 0xd800 && y <= 0xdfff;
      if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1;
      return x - y;
    }
  }
  return a.length - b.length;
}

/** Orders label sets as Prometheus sorts series: name, value, name, value …; a prefix comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const order = compareText(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Makes a label set of an object; empty values are left out, as an empty label is an absent one. */
export function labelsFromObject(object: Readonly<Record<string, string>>): Labels {
  return Object.keys(object)
    .filter((name) => object[name] !== '')
    .sort(compareText)
    .flatMap((name) => [name, object[name]]);
}

/** Makes an object of a label set (without prototype, so that a label `__proto__` is a label). */
export function labelsToObject(labels: Labels): Record<string, string> {
  const object: Record<string, string> = Object.create(null);
  for (let i = 0; i < labels.length; i += 2) object[labels[i]] = labels[i + 1];
  return object;
}

/** Value of one label, '' where the set has none. */
export function labelValue(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1];
  return '';
}
