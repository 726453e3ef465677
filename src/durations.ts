// Durations and sizes as Prometheus writes them in its configuration and flags.

const UNITS_MS = {
  y: 31_536_000_000,
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
/** What fits Go's time.Duration, about 292 years. */
const DURATION_MS_MAX = 9_223_372_036_854;

/** Milliseconds of a duration such as `15s`, `1h30m` or `0`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = text === '' ? null : DURATION.exec(text);
  if (!parts) return undefined;
  const ms = Object.values(UNITS_MS).reduce((sum, unit, i) => sum + Number(parts[i + 1] ?? 0) * unit, 0);
  return ms <= DURATION_MS_MAX ? ms : undefined;
}

/** Writes milliseconds as Prometheus does: largest units first; years and weeks only where they divide it. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const [unit, unitMs] of Object.entries(UNITS_MS)) {
    const exactOnly = unitMs >= UNITS_MS.w;
    if (exactOnly && rest % unitMs !== 0) continue;
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text;
}

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
