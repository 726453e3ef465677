// Starts worker threads. Three ways to the same code: as TypeScript from source, as JavaScript in the published
// package, and from bundled scripts inside the single executable.
import { Worker } from 'node:worker_threads';
import { workerScript } from '../packaging.ts';
import type { WorkerData } from './worker.ts';

/**
 * Starts a worker. The stack is larger than usual because a deeply nested expression is parsed and run by recursion,
 * and the young generation small, so that idle threads stay small.
 */
export function spawn(data: WorkerData): Worker {
  const options = {
    workerData: data,
    // Their own flags only: what the main thread was started with (a test runner's hooks, say) is not for them.
    execArgv: [],
    stdout: false,
    stderr: false,
    resourceLimits: { stackSizeMb: 16, maxYoungGenerationSizeMb: 3 },
  };
  const script = workerScript(data.role);
  if (script !== undefined) return new Worker(script, { ...options, eval: true });
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./worker.${extension}`, import.meta.url), options);
}
