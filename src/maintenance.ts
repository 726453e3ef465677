// The store's housekeeping on a schedule: folds rows into columns, merges small pages, moves the write-ahead log into
// the file. Computed on a read thread and committed by the writer in slices, so it is never in a scrape's way.
import { schedule } from 'node-cron';
import type { Patch } from '../storage/index.ts';
import type { LogLevel, OwnMetrics, PatchKind } from './threads/services.ts';

export interface MaintenanceParts {
  /** Computes the fold or merge that is most due, or one that is possible at all; null when there is none. */
  computePatch(nowMs: number, what: PatchKind): Promise<Patch | null>;
  applyPatch(patch: Patch): Promise<void>;
  /** Moves committed pages into the file, as far as readers allow; with `all` everything, waiting for readers. */
  checkpoint(all: boolean): Promise<void>;
  /** Gives free space back to the file system. */
  shrink(): Promise<void>;
  log(level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): void;
}

export interface Maintenance {
  /** Folds and merges everything now, and gives space back. */
  compact(): Promise<void>;
  metrics(): OwnMetrics;
  /** Ends the schedule and waits for what runs. */
  stop(): Promise<void>;
}

/** Folds are looked for this often; what is due is decided by the age and size of the journal. */
const FOLD_SCHEDULE = '*/10 * * * * *';
/** Often, so that each checkpoint has little to do and the log stays short. */
const CHECKPOINT_SCHEDULE = '* * * * * *';

export function startMaintenance(parts: MaintenanceParts): Maintenance {
  let stopped = false;
  let patches = 0;
  let failures = 0;
  let seconds = 0;
  /** The work under way; the next waits for it. */
  let running: Promise<void> = Promise.resolve();

  /** Computes and applies patches of a kind while there are any and `goOn` says so. */
  const apply = async (what: PatchKind, goOn: (patch: Patch) => boolean = () => true): Promise<void> => {
    while (!stopped) {
      const patch = await parts.computePatch(Date.now(), what);
      if (!patch) return;
      await parts.applyPatch(patch);
      await parts.checkpoint(false);
      patches++;
      if (!goOn(patch)) return;
    }
  };

  const compact = async (): Promise<void> => {
    // Scrapes go on, so there are always new rows: what the journal held at the start is what is folded.
    await apply('fold', (patch) => patch.isFull);
    await apply('merge');
    await parts.shrink();
    await parts.checkpoint(true);
  };

  /** Runs one kind of work after what is under way; logs and counts a failure, and passes it on. */
  const run = (what: string, work: () => Promise<void>): Promise<void> => {
    const result = running.then(async () => {
      const start = performance.now();
      try {
        await work();
      } catch (error) {
        if (stopped) return;
        failures++;
        parts.log('error', `${what} failed`, { error: (error as Error).message });
        throw error;
      } finally {
        seconds += (performance.now() - start) / 1000;
      }
    });
    running = result.catch(() => {});
    return result;
  };

  const ignored = (): void => {}; // logged and counted already
  const options = { noOverlap: true, suppressMissedWarning: true };
  const tasks = [
    schedule(FOLD_SCHEDULE, () => run('fold', () => apply('due')).catch(ignored), options),
    schedule(
      CHECKPOINT_SCHEDULE,
      () => run('checkpoint', () => parts.checkpoint(false)).catch(ignored),
      options,
    ),
  ];

  return {
    compact: () => run('compaction', compact),
    metrics: () => [
      metric('ferula_folds_total', 'Folds and merges done.', patches),
      metric(
        'ferula_maintenance_failures_total',
        'Folds, checkpoints and compactions that failed.',
        failures,
      ),
      metric(
        'ferula_maintenance_seconds_total',
        'Time spent on folds, checkpoints and compactions.',
        seconds,
      ),
    ],
    stop: async () => {
      stopped = true;
      for (const task of tasks) await task.destroy();
      await running;
    },
  };
}

function metric(name: string, help: string, value: number): OwnMetrics[number] {
  return { name, type: 'counter', help, samples: [{ labels: {}, value }] };
}
