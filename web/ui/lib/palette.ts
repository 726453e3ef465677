// Twelve colours for series, one list for each theme, the same slot being a kindred hue in both. Found by a search
// that kept the smallest distance (OKLab) of any two as large as it could, for full colour vision and for each of the
// three kinds of colour blindness (Machado 2009), at a contrast of at least 3 with the chart's background.
import { hash32 } from './labels.ts';

export const paletteLight = [
  '#3365e1',
  '#846006',
  '#679501',
  '#8b3650',
  '#4b9fb2',
  '#ab4aa4',
  '#e86784',
  '#5f31ad',
  '#434601',
  '#9583fa',
  '#0f2a7f',
  '#4e223c',
] as const;

export const paletteDark = [
  '#116be4',
  '#b4910d',
  '#8dd22f',
  '#b45129',
  '#3b9eba',
  '#e1aea0',
  '#f6558b',
  '#9652a7',
  '#fded35',
  '#bd88fe',
  '#23d7f9',
  '#a6fed6',
] as const;

export function colourOf(slot: number, dark: boolean): string {
  return (dark ? paletteDark : paletteLight)[slot % paletteLight.length]!;
}

/**
 * A slot of the palette for each series by its key. The hash of the key decides, so a series has the same colour on
 * every page; where two in one picture would meet and another slot is still free, the later key takes the next free.
 */
export function colourSlots(keys: readonly string[]): number[] {
  const size = paletteLight.length;
  const slots = new Array<number>(keys.length);
  const taken = new Uint8Array(size);
  const order = keys.map((_, i) => i).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  let free = size;
  for (const i of order) {
    let slot = hash32(keys[i]!) % size;
    if (free > 0) {
      while (taken[slot]) slot = (slot + 1) % size;
      taken[slot] = 1;
      free--;
    }
    slots[i] = slot;
  }
  return slots;
}
