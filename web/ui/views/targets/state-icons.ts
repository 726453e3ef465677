// A sign for each state, so that none is told by colour alone.
import type { Target } from '../../lib/api-types.ts';
import type { IconName } from '../../parts/icons.tsx';

export const stateIcons: Record<Target['health'], IconName> = { up: 'ok', down: 'bad', unknown: 'unknown' };
