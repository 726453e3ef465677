// Compressed bodies: gzip and zstd, unpacked off this thread piece by piece, so that a bomb is stopped at the body
// limit and other targets wait for nothing.
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { appendBody, type BodyBuffer, releaseBody, takeBody } from './body-buffer.ts';
import { HttpError } from './http-response.ts';

/** RFC 9659's bound for zstd over HTTP: larger windows need not be supported, and cost memory before the first byte. */
const ZSTD_WINDOW_LOG_MAX = 23;

/**
 * Unpacks `body` and returns the result in a buffer of its own; `body` is released.
 * @param onStart receives a function that breaks the work off.
 * @throws HttpError where the data is broken or ends early or the encoding is unknown; BodyLimitError
 */
export async function decompress(
  body: BodyBuffer,
  encoding: string,
  limit: number,
  onStart: (cancel: (error: Error) => void) => void,
): Promise<BodyBuffer> {
  const stream = createDecoder(encoding);
  const unpacked = takeBody();
  try {
    await new Promise<void>((resolve, reject) => {
      stream.on('data', (chunk: Buffer) => {
        try {
          appendBody(unpacked, chunk, 0, chunk.length, limit);
        } catch (error) {
          stream.destroy(error as Error);
        }
      });
      stream.on('end', resolve);
      stream.on('error', (error: NodeJS.ErrnoException) => {
        const broken = error.code?.startsWith('Z_') || error.code?.startsWith('ZSTD_');
        reject(broken ? new HttpError(`broken ${encoding} body: ${error.message}`) : error);
      });
      onStart((error) => stream.destroy(error));
      stream.end(body.bytes.subarray(0, body.length));
    });
    return unpacked;
  } catch (error) {
    releaseBody(unpacked);
    throw error;
  } finally {
    releaseBody(body);
  }
}

function createDecoder(encoding: string) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip({ chunkSize: 64 << 10 });
  if (encoding === 'zstd') {
    return createZstdDecompress({
      chunkSize: 64 << 10,
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    });
  }
  throw new HttpError(`unsupported Content-Encoding ${JSON.stringify(encoding)}`);
}
