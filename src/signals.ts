// Signals of a running server: TERM and INT close it in order, a second one ends it at once, HUP reloads.
import type { App } from './app.ts';

/** A terminal's Ctrl-C reaches both npm and us, and npm passes its own on: only a later signal is a second one. */
const SECOND_SIGNAL_AFTER_MS = 300;
/** Closing takes milliseconds; what hangs longer than this is left behind. */
const CLOSE_MS_MAX = 1_800;

/** Follows signals until the returned function is called. The process exits 0 after an orderly close. */
export function followSignals(app: App): () => void {
  let closingSince: number | undefined;
  const stop = (): void => {
    const now = performance.now();
    if (closingSince !== undefined) {
      if (now - closingSince > SECOND_SIGNAL_AFTER_MS) process.exit(1);
      return;
    }
    closingSince = now;
    setTimeout(() => process.exit(1), CLOSE_MS_MAX).unref();
    app.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  const reload = (): void => void app.reload().catch(() => {}); // logged where it failed
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', reload);
  return () => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    process.off('SIGHUP', reload);
  };
}
