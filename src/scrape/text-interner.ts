// Names and label values out of bytes. An exposition repeats a few texts thousands of times: a small direct-mapped
// table finds them again by their bytes, which costs a quarter of making the string anew and keeps one copy of each.

const SLOTS = 4096;
/** Longer texts repeat rarely; they are made anew. */
const LENGTH_MAX = 64;

export interface TextInterner {
  /** The text of `body[from..to)`, `\\`, `\"` and `\n` unescaped; null where it is not UTF-8. */
  text(body: Uint8Array, from: number, to: number): string | null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function createTextInterner(): TextInterner {
  const table = new Array<string>(SLOTS).fill('');
  return {
    text(body, from, to) {
      const length = to - from;
      let hash = length;
      let plain = true;
      for (let i = from; i < to; i++) {
        const c = body[i];
        if (c >= 128 || c === 92) {
          plain = false;
          break;
        }
        hash = (Math.imul(hash, 31) + c) | 0;
      }
      if (!plain) return decode(body, from, to);
      if (length > LENGTH_MAX) return latin1(body, from, to);
      const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
      const known = table[slot];
      if (known.length === length && equals(known, body, from)) return known;
      const text = latin1(body, from, to);
      table[slot] = text;
      return text;
    },
  };
}

function equals(text: string, body: Uint8Array, from: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== body[from + i]) return false;
  return true;
}

function latin1(body: Uint8Array, from: number, to: number): string {
  return Buffer.from(body.buffer, body.byteOffset + from, to - from).toString('latin1');
}

/** Text with escapes or beyond ASCII. */
function decode(body: Uint8Array, from: number, to: number): string | null {
  try {
    const text = utf8.decode(body.subarray(from, to));
    return text.includes('\\') ? unescapeText(text) : text;
  } catch {
    return null;
  }
}

/** `\\`, `\"` and `\n`; other escapes stay as they are, as upstream leaves them. */
export function unescapeText(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c));
}
