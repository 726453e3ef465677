// The single executable, in an empty folder with an empty environment: it serves, scrapes itself, shows the pages and
// ends in order.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiClient } from '../support/api.ts';
import { eventually, freePort, type Running, start, TOP, untilReady } from '../support/programs.ts';

const run = promisify(execFile);
const BINARY = join(TOP, 'dist/ferula');

describe('dist/ferula', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-binary-'));
  const temporary = mkdtempSync(join(tmpdir(), 'ferula-binary-tmp-'));
  const env = { TMPDIR: temporary };
  let running: Running | undefined;

  // An old executable would test old code, so it is built anew; that takes seconds.
  beforeAll(() => run(process.execPath, [join(TOP, 'src/build/main.ts'), 'binary'], { cwd: TOP }), 120_000);
  afterAll(async () => {
    await running?.stop('SIGKILL');
    for (const path of [folder, temporary]) rmSync(path, { recursive: true, force: true });
  });

  it('needs nothing else', async () => {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    running = start(BINARY, [`--web.listen-address=127.0.0.1:${port}`], { cwd: folder, env });
    await untilReady(`${base}/-/ready`, running);
    const api = apiClient(base);
    await eventually(async () => ((await api.value('up{job="ferula"}')) === 1 ? true : undefined));
    const page = await fetch(`${base}/explore`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const script = /src="([^"]+\.js)"/.exec(html)?.[1];
    const bundle = await fetch(new URL(script!, `${base}/explore`));
    expect([bundle.status, bundle.headers.get('content-type')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
    ]);
    expect(running.output()).not.toMatch(/warn|experimental/i);
    expect(await running.stop('SIGTERM')).toBe(0);
    expect(readdirSync(folder)).toEqual(['data']);
    expect(existsSync(join(folder, 'data/ferula.db'))).toBe(true);
    // What it unpacked is gone again.
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('reads its file from the command line', async () => {
    const { stdout } = await run(
      BINARY,
      ['query', '--storage.path=data/ferula.db', 'max_over_time(up[1h])'],
      {
        cwd: folder,
        env,
      },
    );
    expect(stdout).toMatch(/^\{instance="[^"]+", job="ferula"\} => 1 @\[\d+(\.\d+)?\]\n$/);
  });

  it('says its version', async () => {
    const { stdout } = await run(BINARY, ['--version'], { cwd: folder, env });
    expect(stdout).toMatch(/\d+\.\d+\.\d+/);
  });
});
