// Names and label values out of bytes. An exposition repeats a few texts thousands of times: a small direct-mapped
// table finds them again by their bytes, which costs a quarter of making the string anew and keeps one copy of each.

const SLOTS = 4096;
/** Longer texts repeat rarely; they are made anew. */
const LENGTH_MAX = 128;

export interface TextInterner {
  /** The text of `body[from..to)`, `\\`, `\"` and `\n` unescaped; null where it is not UTF-8. */
  text(body: Uint8Array, from: number, to: number): string | null;
  /** The same without unescaping. */
  raw(body: Uint8Array, from: number, to: number): string | null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function createTextInterner(): TextInterner {
  const table = new Array<string>(SLOTS).fill('');
  // The bytes of each text again: comparing these, four at a time, beats asking a string for its characters.
  const arena = new Uint8Array(SLOTS * LENGTH_MAX);
  const arenaView = new DataView(arena.buffer);
  /** The text, where it is short and plain; else null. */
  const intern = (body: Uint8Array, from: number, to: number): string | null => {
    const length = to - from;
    if (length > LENGTH_MAX) return null;
    const slot = hashEnds(body, from, to) & (SLOTS - 1);
    const known = table[slot];
    const at = slot * LENGTH_MAX;
    if (known.length === length && equalBytes(arenaView, at, body, from, to)) return known;
    if (!isPlain(body, from, to)) return null;
    const text = latin1(body, from, to);
    table[slot] = text;
    arena.set(body.subarray(from, to), at);
    return text;
  };
  return {
    text: (body, from, to) => intern(body, from, to) ?? unescapeText(decode(body, from, to)),
    raw: (body, from, to) => intern(body, from, to) ?? decode(body, from, to),
  };
}

/** Length, start and end of a text: enough to tell the texts of one program apart, most of the time. */
function hashEnds(body: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  const head = Math.min(to, from + 3);
  for (let i = from; i < head; i++) hash = (Math.imul(hash, 31) + body[i]) | 0;
  for (let i = Math.max(head, to - 9); i < to; i++) hash = (Math.imul(hash, 31) + body[i]) | 0;
  return hash ^ (hash >>> 12);
}

function equalBytes(arena: DataView, at: number, body: Uint8Array, from: number, to: number): boolean {
  let p = from;
  let k = at;
  for (; p <= to - 4; p += 4, k += 4) {
    const word = body[p] | (body[p + 1] << 8) | (body[p + 2] << 16) | (body[p + 3] << 24);
    if (arena.getInt32(k, true) !== word) return false;
  }
  for (; p < to; p++, k++) if (arena.getUint8(k) !== body[p]) return false;
  return true;
}

/** ASCII without a backslash: its bytes are its characters. */
function isPlain(body: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (body[i] >= 128 || body[i] === 92) return false;
  return true;
}

/** `\\`, `\"` and `\n`; other escapes stay as they are, as upstream leaves them. */
function unescapeText(text: string | null): string | null {
  if (!text?.includes('\\')) return text;
  return text.replace(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c));
}

/** Bytes as text; null where they are not UTF-8. */
function decode(body: Uint8Array, from: number, to: number): string | null {
  if (isPlain(body, from, to)) return latin1(body, from, to);
  try {
    return utf8.decode(body.subarray(from, to));
  } catch {
    return null;
  }
}

function latin1(body: Uint8Array, from: number, to: number): string {
  return Buffer.from(body.buffer, body.byteOffset + from, to - from).toString('latin1');
}
