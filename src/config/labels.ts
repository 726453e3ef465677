// What may be a label's name and value in a configuration.

/** Names that every version of Prometheus takes. */
export function isLegacyLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}

/** What is wrong with a label name of a target group or of external_labels; undefined when nothing is. */
export function labelNameProblem(name: string): string | undefined {
  if (name === '') return 'a label name is empty';
  if (!name.isWellFormed()) return `${JSON.stringify(name)} is not a valid label name`;
  return undefined;
}
