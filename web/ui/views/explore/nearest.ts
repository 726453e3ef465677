// For a query without an answer: the metrics that it names, and the names that are nearest to one that does not exist.

const keywords = new Set(
  ['by without on ignoring group_left group_right offset bool and or unless atan2 start end inf nan'].flatMap(
    (words) => words.split(' '),
  ),
);

/** Names in an expression that stand where metrics do: not functions, labels, keywords or durations. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replace(/#.*$/gm, '')
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""')
    .replace(/\{[^}]*\}/g, '{}')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const found = new Set<string>();
  for (const match of bare.matchAll(/(?<![\w.:])[a-zA-Z_:][\w:]*/g)) {
    const after = bare.slice(match.index + match[0].length);
    if (!/^\s*\(/.test(after) && !/^\s*(by|without)\b/.test(after) && !keywords.has(match[0].toLowerCase()))
      found.add(match[0]);
  }
  return [...found];
}

/** Edits (insert, delete, replace) that turn one text into the other; stops counting at `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      next.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    row = next;
  }
  return row[b.length]!;
}

/** The names nearest to a wrong one, nearest first; those that contain it, or are contained, count as near. */
export function nearestNames(wrong: string, names: readonly string[], count: number): string[] {
  const limit = Math.max(2, Math.floor(wrong.length / 3));
  const ranked: { name: string; distance: number }[] = [];
  for (const name of names) {
    const part = wrong.length > 2 && (name.includes(wrong) || (name.length > 3 && wrong.includes(name)));
    const distance = part ? 1 + Math.abs(name.length - wrong.length) / 100 : editDistance(wrong, name, limit);
    if (distance <= limit) ranked.push({ name, distance });
  }
  ranked.sort((a, b) => a.distance - b.distance);
  return ranked.slice(0, count).map(({ name }) => name);
}
