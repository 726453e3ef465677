// The hash by which limit_ratio decides whom it takes: XXH64 (seed 0) over the label set as upstream keeps it in
// memory, so that both pick the same series. https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
import type { Symbols } from '../../storage/source.ts';

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
const MASK = 0xffffffffffffffffn;

const encoder = new TextEncoder();

/**
 * Place of a label set in [0, 1], the same whenever and wherever it is asked for: its hash over the greatest hash.
 */
export function hashShare(labels: Int32Array, symbols: Symbols): number {
  return Number(xxh64(encodeLabels(labels, symbols))) / 2 ** 64;
}

/** Names and values in turn, each behind its length: a byte, or from 255 on 0xff and three bytes. */
function encodeLabels(labels: Int32Array, symbols: Symbols): Uint8Array {
  const texts = Array.from(labels, (id) => encoder.encode(symbols.text(id)));
  const length = texts.reduce((sum, text) => sum + text.length + (text.length < 255 ? 1 : 4), 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const text of texts) {
    const n = text.length;
    if (n < 255) bytes[at++] = n;
    else {
      bytes.set([255, n & 255, (n >>> 8) & 255, (n >>> 16) & 255], at);
      at += 4;
    }
    bytes.set(text, at);
    at += n;
  }
  return bytes;
}

function rotate(x: bigint, bits: bigint): bigint {
  return ((x << bits) | (x >> (64n - bits))) & MASK;
}

function round(acc: bigint, lane: bigint): bigint {
  return (rotate((acc + lane * P2) & MASK, 31n) * P1) & MASK;
}

/** XXH64 with seed 0. */
export function xxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { length } = bytes;
  let at = 0;
  let hash: bigint;
  if (length >= 32) {
    const acc = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK];
    for (; at + 32 <= length; at += 32)
      for (let lane = 0; lane < 4; lane++)
        acc[lane] = round(acc[lane], view.getBigUint64(at + lane * 8, true));
    hash = (rotate(acc[0], 1n) + rotate(acc[1], 7n) + rotate(acc[2], 12n) + rotate(acc[3], 18n)) & MASK;
    for (const a of acc) hash = ((hash ^ round(0n, a)) * P1 + P4) & MASK;
  } else hash = P5;
  hash = (hash + BigInt(length)) & MASK;
  for (; at + 8 <= length; at += 8)
    hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4) & MASK;
  if (at + 4 <= length) {
    hash = (rotate(hash ^ ((BigInt(view.getUint32(at, true)) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < length; at++) hash = (rotate(hash ^ ((BigInt(bytes[at]) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}
