// Types of snappyjs, which brings none.
declare module 'snappyjs' {
  /** Decompresses a snappy block. Throws where it is malformed or declares more than `maxLength` bytes. */
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
  export function compress(uncompressed: Uint8Array): Uint8Array;
}
