// "Did you mean": the nearest of a list of names, by edit distance with swaps of neighbours.

/** The name that is at most a third of its letters away from `given`, the nearest one; undefined if none is. */
export function nearest(given: string, names: Iterable<string>): string | undefined {
  const wanted = given.toLowerCase().slice(0, 64);
  let best: string | undefined;
  let least = Infinity;
  for (const name of names) {
    const limit = Math.max(1, Math.floor(Math.max(name.length, wanted.length) / 3));
    if (Math.abs(name.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, name);
    if (distance <= limit && distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, before[j - 2] + 1);
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length];
}
