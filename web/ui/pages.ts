// The pages of the program. A new one is a line here and a view of its own; header, keyboard and router follow.
import type { ComponentType } from 'preact';
import { Explore } from './views/explore.tsx';
import { Targets } from './views/targets.tsx';

export interface ViewProps {
  readonly address: URL;
  /** Seconds between two loads; 0 for never. */
  readonly refresh: number;
}

export interface Page {
  /** Last piece of the path: all pages live side by side in one folder. */
  readonly path: string;
  readonly title: string;
  /** Goes there after `g`. */
  readonly key: string;
  readonly view: ComponentType<ViewProps>;
  /** Whether the header offers a time range. */
  readonly range: boolean;
  /** Seconds between two loads when the address does not say. */
  readonly refresh: (params: URLSearchParams) => number;
}

export const pages: readonly Page[] = [
  {
    path: 'explore',
    title: 'Explore',
    key: 'e',
    view: Explore,
    range: true,
    // Without a query it is the page of a newcomer, who waits for the first samples.
    refresh: (params) => (params.get('q') ? 0 : 15),
  },
  { path: 'targets', title: 'Targets', key: 't', view: Targets, range: false, refresh: () => 15 },
];
