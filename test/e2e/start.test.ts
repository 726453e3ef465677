// `npm start`, as the README says: through npm it serves, and a TERM to npm, as well as the Ctrl-C of a terminal, end
// all of it and leave nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { eventually, freePort, TOP, untilReady } from '../support/programs.ts';

describe('npm start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-start-'));
  const groups: number[] = [];
  afterAll(() => {
    for (const group of groups) if (isAlive(group)) process.kill(-group, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts in a process group of its own, as a shell does. */
  async function start(): Promise<{ npm: ChildProcess; group: number; output: () => string }> {
    const url = `127.0.0.1:${await freePort()}`;
    const flags = [`--web.listen-address=${url}`, `--storage.path=${join(folder, 'ferula.db')}`];
    // What npm says about this user's own settings, or those of the npm that runs the tests, is not ours.
    const others = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
    const env = { ...Object.fromEntries(others), NPM_CONFIG_USERCONFIG: '/dev/null' };
    const npm = spawn('npm', ['start', '--', ...flags], { cwd: TOP, env, detached: true });
    const group = npm.pid!;
    groups.push(group);
    let output = '';
    for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
    await untilReady(`http://${url}/-/ready`);
    return { npm, group, output: () => output };
  }

  /** Whether any process of a group is left. */
  function isAlive(group: number): boolean {
    try {
      return process.kill(-group, 0);
    } catch {
      return false;
    }
  }

  /** The server has two seconds to end; the kernel may list it for a moment longer than npm. */
  const gone = (group: number): Promise<true> =>
    eventually(() => (isAlive(group) ? undefined : true), 2_000, 'the end of the process group');

  it('ends by a TERM sent to npm', async () => {
    const { npm, group, output } = await start();
    npm.kill('SIGTERM');
    expect(await once(npm, 'exit')).toEqual([0, null]);
    await gone(group);
    expect(output()).not.toMatch(/\b(warn|deprecat|experimental|error)/i);
  });

  it('ends by Ctrl-C, which reaches npm and the server alike', async () => {
    const { npm, group } = await start();
    process.kill(-group, 'SIGINT');
    expect(await once(npm, 'exit')).toEqual([0, null]);
    await gone(group);
  });
});
