// Natural order of texts: runs of digits compare as numbers, so that `cpu2` stands before `cpu10`. The order is that
// of the library that Prometheus uses for sort_by_label, its oddities included.

/** Whether a stands before b; both differ. */
export function naturalLess(a: string, b: string): boolean {
  const partsOfA = parts(a);
  const partsOfB = parts(b);
  for (let i = 0; i < partsOfA.length; i++) {
    if (i >= partsOfB.length) return false;
    const x = partsOfA[i];
    const y = partsOfB[i];
    const isNumber = isInteger(x) && isInteger(y);
    const isEqual = isNumber ? Number(x) === Number(y) : x === y;
    if (!isEqual) return isNumber ? Number(x) < Number(y) : x < y;
    if (i === partsOfA.length - 1) return true;
    if (i === partsOfB.length - 1) return false;
  }
  // Only an empty text has no parts, and it stands behind every other one.
  return false;
}

/** Digits that fit a 64-bit integer; longer runs compare as text. */
function isInteger(part: string): boolean {
  return /^\d{1,18}$/.test(part);
}

function parts(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? [];
}
