// What every way of finding targets offers.
import type { TargetGroup } from '../config/config.ts';

/** Finds target groups, and keeps finding them. */
export interface Discovery {
  /**
   * Starts. `onGroups` gets all groups of this discovery whenever they have been looked up, never after `stop`. A
   * lookup that fails is logged and changes nothing: the groups of the last good one stay.
   */
  start(onGroups: (groups: readonly TargetGroup[]) => void): void;
  stop(): void;
}

/** Where a discovery says what went wrong. */
export type DiscoveryLog = (
  level: 'warn' | 'error',
  message: string,
  details: Readonly<Record<string, unknown>>,
) => void;
