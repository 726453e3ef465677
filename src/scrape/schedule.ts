// When a target is scraped: on a grid of its own in wall-clock time, so that it neither drifts nor moves when the
// server restarts, and two servers with the same configuration scrape at the same moments.

/** Scrapes within this much of their slot count as on time. A raw timer can fire more than a millisecond early. */
const TOLERANCE_MS = 2;

/** How far from its slot a scrape may start and still bear the slot's time, as upstream: 2 ms, at most 1 %. */
export function toleranceMs(intervalMs: number): number {
  return Math.min(TOLERANCE_MS, intervalMs / 100);
}

/** The first slot after `nowMs` on the grid `offsetMs + k × intervalMs`. */
export function nextSlot(nowMs: number, intervalMs: number, offsetMs: number): number {
  return Math.floor((nowMs - offsetMs) / intervalMs) * intervalMs + intervalMs + offsetMs;
}

/** The time that samples of a scrape starting at `nowMs` for `slotMs` bear. Equal steps compress to nothing. */
export function alignedTime(nowMs: number, slotMs: number, intervalMs: number): number {
  return Math.abs(nowMs - slotMs) <= toleranceMs(intervalMs) ? slotMs : Math.round(nowMs);
}

/** Spreads over new targets: their first scrapes come within a second, or later where there are thousands. */
const FIRST_SCRAPES_PER_MS = 0.5;
const FIRST_SCRAPE_MS = 1000;

/** How long a new target's first scrape waits, for it is not the user who should wait a whole interval. */
export function firstDelay(hash: number, intervalMs: number, targetCount: number): number {
  const window = Math.min(intervalMs, Math.max(FIRST_SCRAPE_MS, targetCount / FIRST_SCRAPES_PER_MS));
  return hash % Math.floor(window);
}

/** FNV-1a of a text's UTF-16 units: spreads targets over time, the same in every process. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // Texts that differ in their last character only would otherwise land side by side.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
