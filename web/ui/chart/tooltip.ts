// The box beside the crosshair: time and the values of the curves there, the nearest first, the rest by size.
// Written into the document by hand, because it changes at every move of the pointer. Text from data is text only.
import { colourOf } from '../lib/palette.ts';
import { timeText } from '../lib/time.ts';
import { formatValue } from '../lib/units.ts';
import { type Curve, type Frame, valueAt } from './frame.ts';
import type { PlotLook } from './plot.ts';

const rowsMax = 10;

export interface Reading {
  readonly curve: Curve;
  readonly value: number;
}

/** The curves that have a value at an index: the near one first, then by value, largest first, NaN last. */
export function readingsAt(curves: readonly Curve[], index: number, near: Curve | null): Reading[] {
  const readings: Reading[] = [];
  for (const curve of curves) {
    const value = valueAt(curve, index);
    if (value !== null) readings.push({ curve, value });
  }
  const rank = (value: number) => (Number.isNaN(value) ? -Infinity : value);
  return readings.sort((a, b) => {
    if (a.curve === near || b.curve === near) return a.curve === near ? -1 : 1;
    return rank(b.value) - rank(a.value) || 0;
  });
}

/** What a screen reader is told of a place: the time and up to three values. */
export function readingText(readings: readonly Reading[], time: number, look: PlotLook): string {
  const told = readings
    .slice(0, 3)
    .map(({ curve, value }) => `${curve.name || 'value'} ${formatValue(value, look.unit)}`);
  const rest = readings.length - told.length;
  if (readings.length === 0) told.push('no sample');
  return `${timeText(time, look.utc)}: ${told.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function element(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Fills the box and places it beside `left` and `top` (pixels in `area`), on the side that has more room. */
export function fillTooltip(
  box: HTMLElement,
  at: { frame: Frame; index: number; left: number; top: number; area: HTMLElement },
  readings: readonly Reading[],
  near: Curve | null,
  look: PlotLook,
): void {
  const rows = readings.slice(0, rowsMax).map(({ curve, value }) => {
    const row = element('div', curve === near ? 'tip-row near' : 'tip-row');
    const swatch = element('span', curve.earlier ? 'swatch dashed' : 'swatch');
    swatch.style.setProperty('--c', colourOf(curve.slot, look.dark));
    const name = curve.name || 'value';
    row.append(swatch, element('span', 'tip-name', curve.earlier ? `${name} (earlier)` : name));
    row.append(element('span', 'tip-value', formatValue(value, look.unit)));
    return row;
  });
  if (readings.length > rowsMax) rows.push(element('div', 'tip-more', `${readings.length - rowsMax} more`));
  if (readings.length === 0) rows.push(element('div', 'tip-more', 'No sample here'));
  box.replaceChildren(element('div', 'tip-time', timeText(at.frame.times[at.index]!, look.utc)), ...rows);
  box.hidden = false;
  const room = at.area.clientWidth;
  const onLeft = at.left > room / 2;
  const x = onLeft ? at.left - box.offsetWidth - 14 : at.left + 14;
  const y = Math.min(Math.max(at.top - box.offsetHeight / 2, 0), at.area.clientHeight - box.offsetHeight);
  box.style.transform = `translate(${Math.round(Math.max(x, -40))}px, ${Math.round(Math.max(y, 0))}px)`;
}
