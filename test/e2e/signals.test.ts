// The program as a process: how it starts, refuses, reloads and ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiClient } from '../support/api.ts';
import { eventually, freePort, type Running, startFerulaProgram, untilReady } from '../support/programs.ts';

describe('ferula serve', () => {
  let folder: string;
  let running: Running | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ferula-serve-'));
  });
  afterEach(async () => {
    await running?.stop('SIGKILL');
    running = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const serve = async (...args: string[]): Promise<string> => {
    const port = await freePort();
    running = startFerulaProgram(['serve', `--web.listen-address=127.0.0.1:${port}`, ...args], {
      cwd: folder,
    });
    return `http://127.0.0.1:${port}`;
  };
  const refused = async (...args: string[]): Promise<{ code: unknown; output: string }> => {
    await serve(...args);
    const code = await new Promise((resolve) => running!.process.on('exit', resolve));
    return { code, output: running!.output() };
  };

  it('needs nothing: it makes its store and watches itself', async () => {
    const base = await serve();
    await untilReady(`${base}/-/ready`, running);
    const api = apiClient(base);
    await eventually(async () => ((await api.value('up{job="ferula"}')) === 1 ? true : undefined));
    expect(await api.value('process_resident_memory_bytes{job="ferula"}')).toBeGreaterThan(2e7);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s and keeps what it stored', async (signal) => {
    const base = await serve();
    await untilReady(`${base}/-/ready`, running);
    const api = apiClient(base);
    const time = await eventually(async () => {
      const [sample] = await api.vector('up{job="ferula"}');
      return sample?.value?.[0];
    });
    const start = Date.now();
    expect(await running!.stop(signal)).toBe(0);
    expect(Date.now() - start).toBeLessThan(2_000);

    const again = await serve();
    await untilReady(`${again}/-/ready`, running);
    expect(await apiClient(again).value('up{job="ferula"}', time)).toBe(1);
  });

  it('reloads on SIGHUP, and stays with the old configuration where the new one is bad', async () => {
    const file = join(folder, 'config.yml');
    writeFileSync(file, 'scrape_configs: []\n');
    const base = await serve('--web.enable-lifecycle', `--config.file=${file}`);
    await untilReady(`${base}/-/ready`, running);
    const api = apiClient(base);
    const job = (name: string) =>
      `scrape_configs: [{job_name: ${name}, static_configs: [{targets: ['127.0.0.1:1']}]}]\n`;

    writeFileSync(file, job('first'));
    running!.process.kill('SIGHUP');
    await eventually(async () => ((await api.value('up{job="first"}')) === 0 ? true : undefined));

    writeFileSync(file, `${job('second')}nonsense: 1\n`);
    const answer = await fetch(`${base}/-/reload`, { method: 'POST' });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toMatch(/config\.yml:2.*nonsense/s);
    expect(await api.get('scrape_pools')).toEqual({ scrapePools: ['first'] });
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toMatch(/^prometheus_config_last_reload_successful 0$/m);
  });

  it('refuses a wrong flag with one line and code 2', async () => {
    const { code, output } = await refused('--web.listen-adress=x');
    expect(code).toBe(2);
    expect(output).toMatch(/web\.listen-adress.*web\.listen-address/);
    expect(output.trim().split('\n').length).toBeLessThanOrEqual(2);
  });

  it('refuses a wrong configuration with file, line, key and what was expected, and code 2', async () => {
    writeFileSync(join(folder, 'config.yml'), 'global:\n  scrape_interval: often\n');
    const { code, output } = await refused();
    expect(code).toBe(2);
    expect(output).toMatch(/config\.yml:2:\d+: global\.scrape_interval: expected a duration .*found "often"/);
  });

  it('refuses a second server on the same store, and an address that is taken', async () => {
    const base = await serve();
    await untilReady(`${base}/-/ready`, running);
    const first = running!;
    const second = await refused();
    expect(second.code).toBe(1);
    expect(second.output).toMatch(/ferula\.db.*(in use|another|locked)/);
    const taken = startFerulaProgram(
      ['serve', `--web.listen-address=${base.slice(7)}`, '--storage.path=other.db'],
      {
        cwd: folder,
      },
    );
    const code = await new Promise((resolve) => taken.process.on('exit', resolve));
    expect(code).toBe(1);
    expect(taken.output()).toMatch(/address already in use/);
    await first.stop('SIGKILL');
  });
});
