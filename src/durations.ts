// Durations and sizes as Prometheus writes them in its configuration and flags. A duration reads as in PromQL.
export { formatDuration, parseDuration } from '../query/lang/duration.ts';

const SIZE_PART = /(\d+(?:\.\d*)?|\.\d+)([KMGTPE]?)(i?)B/y;
const SIZE_POWERS = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/**
 * Bytes of a size such as `512MB`, `1.5GiB` or `0`; undefined for any other text. Units are powers of 1,024 with or
 * without the `i`, and one is required, as upstream.
 */
export function parseSize(text: string): number | undefined {
  if (text === '0') return 0;
  let bytes = 0;
  SIZE_PART.lastIndex = 0;
  let end = 0;
  while (end < text.length) {
    const part = SIZE_PART.exec(text);
    if (!part) return undefined;
    bytes += Number(part[1]) * 1024 ** SIZE_POWERS.indexOf(part[2]);
    end = SIZE_PART.lastIndex;
  }
  return end > 0 ? Math.floor(bytes) : undefined;
}
