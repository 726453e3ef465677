// Names as they stand in messages of the functions.

/** A text in double quotes, as Go's `%q`. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** `of metric`, as messages name a metric that has a name. */
export function forMetric(name: string): string {
  return name === '' ? '' : ` for metric name ${quoted(name)}`;
}
