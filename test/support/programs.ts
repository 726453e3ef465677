// Real programs for end-to-end tests: found on the PATH, started on free ports, stopped after the test. A test whose
// program is missing is skipped with a message, and fails where CI=true, so that a green CI means it ran.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

export const TOP = fileURLToPath(new URL('../..', import.meta.url));

/** Full path of a program, undefined where it is not installed. */
export function findProgram(...names: string[]): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'])
    for (const name of names) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder.
      }
    }
  return undefined;
}

/** Path of a program, or the end of the test: skipped where it is missing, failed where CI should have installed it. */
export function needProgram(context: TestContext, ...names: string[]): string {
  const path = findProgram(...names);
  if (path) return path;
  const message = `${names[0]} is not installed`;
  if (process.env.CI === 'true')
    throw new Error(`${message}, and CI must run this test: install it in .ci/run`);
  context.skip(message);
  throw new Error(message);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Running {
  readonly process: ChildProcess;
  /** Everything printed so far, both streams. */
  output(): string;
  /** Sends a signal and waits for the end; gives exit code or signal. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Starts a program; `cwd` and environment are the test's unless given. */
export function start(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? signal));
    child.on('error', () => resolve(null));
  });
  return {
    process: child,
    output: () => output,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      const how = await ended;
      clearTimeout(late);
      return how;
    },
  };
}

/** Starts Ferula from source; the arguments follow `src/main.ts`. */
export function startFerulaProgram(args: readonly string[], options: { cwd?: string } = {}): Running {
  return start(process.execPath, [join(TOP, 'src/main.ts'), ...args], options);
}

/** Tries until `probe` gives something other than undefined or an error; fails with the last error after the time. */
export async function eventually<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 10_000,
  what = 'the condition',
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown = 'no value';
  while (Date.now() < end) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come true within ${timeoutMs} ms: ${String(last)}`);
}

/** Waits until a URL answers 200. */
export function untilReady(url: string, running?: Running): Promise<true> {
  return eventually(
    async () => {
      if (running && running.process.exitCode !== null)
        throw new Error(`the program ended with ${running.process.exitCode}: ${running.output()}`);
      return (await fetch(url)).ok ? true : undefined;
    },
    15_000,
    url,
  );
}
