// Configurations as people have them, in the running program: those of tutorials, and files that change while it runs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, freePort, type Running, startFerulaProgram, untilReady } from '../support/programs.ts';

let folder: string;
let running: Running | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferula-configuration-'));
});
afterEach(async () => {
  await running?.stop('SIGKILL');
  running = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function serve(config: string, ...flags: string[]): Promise<string> {
  writeFileSync(join(folder, 'prometheus.yml'), config);
  const port = await freePort();
  running = startFerulaProgram(
    ['serve', `--web.listen-address=127.0.0.1:${port}`, '--config.file=prometheus.yml', ...flags],
    { cwd: folder },
  );
  const base = `http://127.0.0.1:${port}`;
  await untilReady(`${base}/-/ready`, running);
  return base;
}

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
  readonly scrapeInterval: string;
  readonly scrapeTimeout: string;
}

async function targets(base: string): Promise<Target[]> {
  const response = await fetch(`${base}/api/v1/targets?state=active`);
  const { data } = (await response.json()) as { data: { activeTargets: Target[] } };
  return data.activeTargets.filter(({ labels }) => labels.job !== 'ferula');
}

describe('the prometheus.yml of tutorials', () => {
  const first = `# my global config
global:
  scrape_interval: 15s # Set the scrape interval to every 15 seconds. Default is every 1 minute.
  evaluation_interval: 15s # Evaluate rules every 15 seconds. The default is every 1 minute.
  external_labels:
    monitor: 'codelab-monitor'

alerting:
  alertmanagers:
    - static_configs:
        - targets:
          # - alertmanager:9093

rule_files:
  # - "first_rules.yml"

scrape_configs:
  - job_name: "prometheus"
    scrape_interval: 5s
    static_configs:
      - targets: ["localhost:1"]
        labels:
          app: "prometheus"
`;
  const second = `global:
  scrape_interval: 15s
  scrape_timeout: 10s
scrape_configs:
  - job_name: node
    scrape_interval: 1s
    static_configs:
      - targets: ['node-exporter.invalid:9100', 'cadvisor.invalid:8080']
  - job_name: app
    scrape_interval: 5s
    metrics_path: /actuator/prometheus
    dns_sd_configs:
      - names: [tasks.app.invalid]
        type: A
        port: 8080
`;

  it('start: a job with a short interval and no timeout', async () => {
    const base = await serve(first);
    expect(await targets(base)).toMatchObject([
      { labels: { job: 'prometheus', app: 'prometheus' }, scrapeInterval: '5s', scrapeTimeout: '5s' },
    ]);
  });

  it('keep running while host names do not resolve', async () => {
    const base = await serve(second);
    const down = await eventually(async () => {
      const found = await targets(base);
      return found.length === 2 && found.every(({ health }) => health === 'down') ? found : undefined;
    }, 15_000);
    for (const { lastError, scrapeTimeout } of down) {
      expect(lastError).toMatch(/ENOTFOUND|EAI_AGAIN/);
      expect(scrapeTimeout).toBe('1s');
    }
    expect(running!.process.exitCode).toBeNull();
  });
});

describe('--config.auto-reload', () => {
  const job = (name: string): string =>
    `scrape_configs: [{job_name: ${name}, static_configs: [{targets: ["127.0.0.1:1"]}]}]`;

  it('takes what is good, and stays with it where the file becomes bad', async () => {
    const base = await serve(job('one'), '--config.auto-reload', '--config.auto-reload-interval=200ms');
    const jobsAre = (wanted: string) =>
      eventually(async () => {
        const jobs = (await targets(base)).map(({ labels }) => labels.job);
        return jobs.join() === wanted ? true : undefined;
      });
    const reloadIs = (ok: boolean) =>
      eventually(async () => {
        const response = await fetch(`${base}/api/v1/status/runtimeinfo`);
        const { data } = (await response.json()) as { data: { reloadConfigSuccess: boolean } };
        return data.reloadConfigSuccess === ok ? true : undefined;
      });
    await jobsAre('one');
    writeFileSync(join(folder, 'prometheus.yml'), job('two'));
    await jobsAre('two');
    writeFileSync(join(folder, 'prometheus.yml'), 'wat: 1');
    await reloadIs(false);
    await jobsAre('two');
    writeFileSync(join(folder, 'prometheus.yml'), job('three'));
    await jobsAre('three');
    await reloadIs(true);
  });
});
