// Names and label values out of bytes. An exposition repeats a few texts thousands of times: a small direct-mapped
// table finds them again by their bytes, which costs a quarter of making the string anew and keeps one copy of each.

const SLOTS = 8192;
/** Longer texts repeat rarely; they are made anew. */
const LENGTH_MAX = 128;

export interface TextInterner {
  /** The text of `body[from..to)`, `\\`, `\"` and `\n` unescaped; null where it is not UTF-8. */
  text(body: Uint8Array, from: number, to: number): string | null;
  /** The same without unescaping. */
  raw(body: Uint8Array, from: number, to: number): string | null;
  /** Forgets the body read last, so that nothing holds its bytes. The texts stay. */
  release(): void;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NO_BYTES = new Uint8Array(0);

export function createTextInterner(): TextInterner {
  const table = new Array<string>(SLOTS).fill('');
  // The bytes of each text again: comparing these, four at a time, beats asking a string for its characters.
  const arena = new Uint8Array(SLOTS * LENGTH_MAX);
  const arenaView = new DataView(arena.buffer);
  // Two more views of the body at hand: making them for each text would cost as much as the text.
  let viewed: Uint8Array = NO_BYTES;
  let words: DataView = new DataView(NO_BYTES.buffer);
  let buffer: Buffer = Buffer.from(NO_BYTES.buffer);
  const look = (body: Uint8Array): void => {
    viewed = body;
    words = new DataView(body.buffer, body.byteOffset, body.length);
    buffer = Buffer.from(body.buffer, body.byteOffset, body.length);
  };
  /** The text, where it is short and plain; else null. */
  const intern = (body: Uint8Array, from: number, to: number): string | null => {
    if (body !== viewed) look(body);
    const length = to - from;
    if (length > LENGTH_MAX) return null;
    const slot = hashWords(words, from, to) & (SLOTS - 1);
    const known = table[slot];
    const at = slot * LENGTH_MAX;
    if (known.length === length && equalBytes(arenaView, at, words, from, to)) return known;
    if (!isPlain(body, from, to)) return null;
    const text = buffer.toString('latin1', from, to);
    table[slot] = text;
    arena.set(body.subarray(from, to), at);
    return text;
  };
  /** Any text; null where it is not UTF-8. */
  const decode = (body: Uint8Array, from: number, to: number): string | null => {
    if (isPlain(body, from, to)) return buffer.toString('latin1', from, to);
    try {
      return utf8.decode(body.subarray(from, to));
    } catch {
      return null;
    }
  };
  return {
    text: (body, from, to) => intern(body, from, to) ?? unescapeText(decode(body, from, to)),
    raw: (body, from, to) => intern(body, from, to) ?? decode(body, from, to),
    release: () => look(NO_BYTES),
  };
}

/** Length, start, middle and end of a text: enough to tell the texts of one program apart, most of the time. */
function hashWords(words: DataView, from: number, to: number): number {
  const length = to - from;
  let hash = Math.imul(length, 0x9e3779b1);
  if (length >= 4) {
    hash = Math.imul(hash ^ words.getInt32(from, true), 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 15)) + words.getInt32(to - 4, true), 0xc2b2ae35);
    if (length > 8)
      hash = Math.imul((hash ^ (hash >>> 15)) + words.getInt32((from + to) >> 1, true), 0x27d4eb2f);
    if (length > 12) hash = Math.imul((hash ^ (hash >>> 15)) + words.getInt32(to - 8, true), 0x85ebca6b);
  } else {
    for (let p = from; p < to; p++) hash = Math.imul(hash ^ words.getUint8(p), 0x85ebca6b);
  }
  return hash ^ (hash >>> 16);
}

function equalBytes(arena: DataView, at: number, words: DataView, from: number, to: number): boolean {
  let p = from;
  let k = at;
  for (; p <= to - 4; p += 4, k += 4) if (arena.getInt32(k, true) !== words.getInt32(p, true)) return false;
  for (; p < to; p++, k++) if (arena.getUint8(k) !== words.getUint8(p)) return false;
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
