// One measured number, as every benchmark gives it.

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same figure of a peer measured in the same run, where it is installed. */
  readonly peers?: Readonly<Record<string, number>>;
}

/** Writes figures as aligned lines, with the ratio to each peer. */
export function formatFigures(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures
    .map(({ name, value, unit, peers = {} }) => {
      const others = Object.entries(peers)
        .map(([peer, theirs]) => `   ${peer} ${round(theirs)} (ratio ${round(value / theirs)})`)
        .join('');
      return `${name.padEnd(width)}  ${round(value).padStart(10)} ${unit}${others}\n`;
    })
    .join('');
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
