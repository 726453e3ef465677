// Real Prometheus programs around Ferula: promtool asks it, a Prometheus federates from it and to it, writes to it and
// reads from it, and is the yardstick for the bytes of a streamed remote read.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { setStale } from '../../storage/model/sample.ts';
import { apiClient } from '../support/api.ts';
import {
  eventually,
  findProgram,
  freePort,
  needProgram,
  type Running,
  start,
  startFerulaProgram,
  untilReady,
} from '../support/programs.ts';
import { decodeFrames, decodeSamples, remoteRead } from '../support/remote-read.ts';
import { writeRequestBody } from '../support/remote-write.ts';

const run = promisify(execFile);

describe('Ferula among Prometheus programs', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-peers-'));
  const running: Running[] = [];
  afterAll(async () => {
    await Promise.all(running.map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  const startFerula = async (config: string, port: number): Promise<string> => {
    const file = join(folder, `ferula-${port}.yml`);
    writeFileSync(file, config);
    const program = startFerulaProgram([
      'serve',
      `--config.file=${file}`,
      `--storage.path=${join(folder, `${port}.db`)}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
    ]);
    running.push(program);
    const base = `http://127.0.0.1:${port}`;
    await untilReady(`${base}/-/ready`, program);
    return base;
  };
  const startPrometheus = async (prometheus: string, config: string, port: number): Promise<string> => {
    const file = join(folder, `prometheus-${port}.yml`);
    writeFileSync(file, config);
    const program = start(prometheus, [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, String(port))}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
    ]);
    running.push(program);
    const base = `http://127.0.0.1:${port}`;
    await untilReady(`${base}/-/ready`, program);
    return base;
  };
  const write = async (base: string, body: Uint8Array): Promise<void> => {
    const response = await fetch(`${base}/api/v1/write`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      body: new Uint8Array(body),
    });
    expect([response.status, await response.text()]).toEqual([204, '']);
  };

  it('answers promtool', async (context) => {
    const promtool = needProgram(context, 'promtool');
    const port = await freePort();
    const base = await startFerula('global: {scrape_interval: 1s}\nferula: {scrape_self: 1s}\n', port);
    const now = Math.floor(Date.now() / 1000) * 1000;
    const samples = [0, 1, 2, 3].map((i): [number, number] => [now - 30_000 + i * 10_000, i * 1.5]);
    await write(base, writeRequestBody({ series: [{ labels: { __name__: 'told', a: 'b' }, samples }] }));
    const ask = async (...args: string[]): Promise<string> => {
      const { stdout, stderr } = await run(promtool, args);
      return (stdout || stderr).trim();
    };
    const seconds = now / 1000;
    expect(await ask('query', 'instant', `--time=${seconds}`, base, 'told * 2')).toBe(
      `{a="b"} => 9 @[${seconds}]`,
    );
    expect(
      await ask('query', 'range', `--start=${seconds - 30}`, `--end=${seconds}`, '--step=15s', base, 'told'),
    ).toBe(`told{a="b"} =>\n0 @[${seconds - 30}]\n1.5 @[${seconds - 15}]\n4.5 @[${seconds}]`);
    expect(await ask('query', 'series', '--match=told', base)).toBe('{__name__="told", a="b"}');
    expect((await ask('query', 'labels', base, 'a')).split('\n')).toEqual(['b']);
    const { stdout, stderr } = await run(promtool, ['check', '--help']);
    // Older ones do not have these commands.
    for (const state of ['healthy', 'ready'])
      if (`${stdout}${stderr}`.includes(`check ${state}`))
        expect(await ask('check', state, `--url=${base}`)).toContain('SUCCESS');
    await expect(ask('query', 'instant', base, 'told +')).rejects.toThrow(/parse error/);
  });

  it('federates both ways, takes remote writes and answers remote reads', async (context) => {
    const prometheus = needProgram(context, 'prometheus');
    const [ferulaPort, promPort, readerPort] = [await freePort(), await freePort(), await freePort()];
    const ferula = await startFerula(
      `global: {scrape_interval: 1s, external_labels: {region: north}}
ferula: {scrape_self: 1s}
scrape_configs:
  - job_name: federate
    honor_labels: true
    metrics_path: /federate
    params: {'match[]': ['{job="viaprom"}']}
    static_configs: [{targets: ['127.0.0.1:${promPort}']}]
`,
      ferulaPort,
    );
    const first = await startPrometheus(
      prometheus,
      `global: {scrape_interval: 1s, external_labels: {zone: z}}
scrape_configs:
  - job_name: prom
    static_configs: [{targets: ['127.0.0.1:${promPort}']}]
  - job_name: viaprom
    static_configs: [{targets: ['127.0.0.1:${ferulaPort}']}]
  - job_name: federate
    honor_labels: true
    metrics_path: /federate
    params: {'match[]': ['{job="ferula"}']}
    static_configs: [{targets: ['127.0.0.1:${ferulaPort}']}]
remote_write:
  - url: ${ferula}/api/v1/write
    queue_config: {batch_send_deadline: 200ms}
    write_relabel_configs: [{source_labels: [job], regex: prom, action: keep}]
`,
      promPort,
    );
    const second = await startPrometheus(
      prometheus,
      `remote_read: [{url: '${ferula}/api/v1/read', read_recent: true}]\n`,
      readerPort,
    );
    const [ours, theirs, reader] = [ferula, first, second].map(apiClient);

    // Prometheus federates from Ferula.
    const fromFerula = await eventually(async () => {
      const found = await theirs.vector('ferula_build_info{job="ferula"}');
      return found.length === 1 ? found[0] : undefined;
    }, 20_000);
    expect(fromFerula.metric).toMatchObject({ job: 'ferula', region: 'north' });
    expect(await theirs.value('up{job="federate"}')).toBe(1);

    // Ferula federates from Prometheus.
    const fromPrometheus = await eventually(async () => {
      const found = await ours.vector('ferula_build_info{job="viaprom"}');
      return found.length === 1 ? found[0] : undefined;
    }, 20_000);
    expect(fromPrometheus.metric).toMatchObject({ zone: 'z', instance: `127.0.0.1:${ferulaPort}` });

    // Remote write, and the same back through remote read.
    await eventually(
      async () => ((await ours.vector('up{job="prom"}')).length === 1 ? true : undefined),
      20_000,
    );
    const read = await eventually(async () => {
      const found = await reader.vector('count_over_time(up{job="prom"}[1m])');
      return found.length === 1 ? found[0] : undefined;
    }, 20_000);
    expect(read.metric).toMatchObject({ job: 'prom', zone: 'z', region: 'north' });
    const names = await reader.vector('prometheus_build_info{job="prom"}');
    expect(names).toHaveLength(1);
    const failed = await theirs.value('prometheus_remote_storage_samples_failed_total');
    expect(failed).toBe(0);
  });

  it('takes what vmagent writes', async (context) => {
    const vmagent = findProgram('vmagent');
    if (!vmagent) return context.skip('vmagent is not installed');
    const [ferulaPort, agentPort] = [await freePort(), await freePort()];
    const ferula = await startFerula('global: {scrape_interval: 1m}\n', ferulaPort);
    const config = join(folder, 'vmagent.yml');
    writeFileSync(
      config,
      `global: {scrape_interval: 1s}
scrape_configs: [{job_name: agent, static_configs: [{targets: ['127.0.0.1:${ferulaPort}']}]}]
`,
    );
    running.push(
      start(vmagent, [
        `-promscrape.config=${config}`,
        `-remoteWrite.url=${ferula}/api/v1/write`,
        `-remoteWrite.tmpDataPath=${join(folder, 'vmagent')}`,
        '-remoteWrite.flushInterval=1s',
        `-httpListenAddr=127.0.0.1:${agentPort}`,
      ]),
    );
    const api = apiClient(ferula);
    const up = await eventually(async () => (await api.vector('up{job="agent"} == 1'))[0], 20_000, 'up');
    expect(up.metric.instance).toBe(`127.0.0.1:${ferulaPort}`);
    expect(await api.vector('prometheus_build_info{job="agent"}')).toHaveLength(1);
  });

  it('reads back raw samples in both response types, in the bytes that Prometheus gives', async (context) => {
    const prometheus = needProgram(context, 'prometheus');
    const [ferulaPort, promPort] = [await freePort(), await freePort()];
    const ferula = await startFerula('global: {scrape_interval: 1m}\n', ferulaPort);
    const peer = await startPrometheus(prometheus, 'global: {scrape_interval: 1m}\n', promPort);
    const now = Date.now();
    const stale = new Float64Array(1);
    setStale(stale, 0);
    const series = (kind: string, count: number, sample: (i: number) => number | Float64Array) => ({
      labels: { __name__: 'read', kind },
      samples: Array.from({ length: count }, (_, i): [number, number | Float64Array] => [
        now - 3_000_000 + i * 15_000 + ((i * 7919) % 13) * (i % 5 === 0 ? 1000 : 1),
        sample(i),
      ]),
    });
    const body = writeRequestBody({
      series: [
        series('constant', 60, () => 42),
        series('counter', 110, (i) => i * 17),
        series('floats', 100, (i) => Math.sin(i) * 10 ** ((i % 40) - 20)),
        series('odd', 8, (i) => [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-320][i] ?? i),
        series('stale', 5, (i) => (i === 4 ? stale : i)),
      ],
    });
    await write(ferula, body);
    await write(peer, body);
    const query = {
      startMs: now - 3_600_000,
      endMs: now,
      matchers: [
        [0, '__name__', 'read'],
        [3, 'kind', 'x.*'],
      ] as const,
    };

    const mine = await remoteRead(ferula, [query], true);
    const reference = await remoteRead(peer, [query], true);
    expect(mine.type).toBe(reference.type);
    expect(decodeFrames(mine.body)).toEqual(decodeFrames(reference.body));
    const plain = await remoteRead(ferula, [query, { ...query, matchers: [[0, 'kind', 'odd']] }], false);
    const plainReference = await remoteRead(
      peer,
      [query, { ...query, matchers: [[0, 'kind', 'odd']] }],
      false,
    );
    expect(plain.type).toBe(plainReference.type);
    // Prometheus loses the sign of -0 here, as it leaves zeros out of messages.
    const unsigned = (body: Uint8Array) =>
      JSON.stringify(decodeSamples(body)).replaceAll('"8000000000000000"', '"0000000000000000"');
    expect(unsigned(plain.body)).toEqual(unsigned(plainReference.body));
    expect(decodeSamples(plain.body)[0].map(({ samples }) => samples.length)).toEqual([60, 110, 100, 8, 5]);
  });
});
