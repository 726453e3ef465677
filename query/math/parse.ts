// Numbers as Go's strconv.ParseFloat reads them: what a bucket's `le` may hold.

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEX = /^([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)$/;
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/i;

/** The number that `text` is, null where it is none. */
export function parseFloatGo(text: string): number | null {
  if (DECIMAL.test(text)) {
    const v = Number(text);
    // Go refuses what overflows.
    return Number.isFinite(v) ? v : null;
  }
  const special = SPECIAL.exec(text);
  if (special) {
    if (special[2].toLowerCase() === 'nan') return special[1] === '' ? NaN : null;
    return special[1] === '-' ? -Infinity : Infinity;
  }
  const hex = HEX.exec(text);
  if (!hex || hex[2] + hex[3] === '') return null;
  const mantissa = Number.parseInt(hex[2] + hex[3], 16);
  const v = mantissa * 2 ** (Number(hex[4]) - 4 * hex[3].length);
  return hex[1] === '-' ? -v : v;
}
