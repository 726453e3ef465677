// Checksums over what the store keeps: SQLite does not notice a flipped bit inside a blob.
import { crc32 } from 'node:zlib';
import { DamagedError } from './errors.ts';

const words = new Float64Array(2);
const wordBytes = new Uint8Array(words.buffer);

/**
 * CRC-32 of a blob together with two numbers that say where it belongs, so that a blob in the wrong place is as
 * damaged as one with wrong bytes.
 */
export function checksum(a: number, b: number, data: Uint8Array): number {
  words[0] = a;
  words[1] = b;
  return crc32(data, crc32(wordBytes));
}

/** @throws DamagedError naming `what` */
export function verifyChecksum(what: string, a: number, b: number, data: Uint8Array, crc: number): void {
  if (checksum(a, b, data) !== crc) throw new DamagedError(`${what} fails its checksum`);
}
