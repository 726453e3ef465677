// Pushed metrics in a running server: exposition text once, and groups in the manner of the Pushgateway that stay until
// they are deleted or their time has passed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../support/api.ts';
import { eventually, freePort, type Running, startFerulaProgram, untilReady } from '../support/programs.ts';

describe('pushing metrics', { timeout: 30_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-push-'));
  let running: Running;
  let base: string;
  let api: ApiClient;

  beforeAll(async () => {
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    writeFileSync(join(folder, 'config.yml'), 'global: {scrape_interval: 1s}\n');
    running = startFerulaProgram(['serve', `--web.listen-address=127.0.0.1:${port}`, '--web.enable-push'], {
      cwd: folder,
    });
    await untilReady(`${base}/-/ready`, running);
    api = apiClient(base);
  });
  afterAll(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const send = async (
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<[number, string]> => {
    // What curl --data-binary says of everything.
    const type = { 'content-type': 'application/x-www-form-urlencoded', ...headers };
    const response = await fetch(`${base}${path}`, { method, body, headers: body ? type : headers });
    return [response.status, await response.text()];
  };
  const values = async (query: string): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await api.vector(query)).map(({ metric: { __name__, ...labels }, value }) => [
        `${__name__}${JSON.stringify(labels)}`,
        value![1],
      ]),
    );

  it('stores exposition text once, with times and labels of the sender', async () => {
    const at = Math.floor(Date.now() / 1000) - 60;
    const text = `# HELP rows Rows.\n# TYPE rows counter\nrows{t="a"} 3 ${at}000\nrows{t="b"} NaN\n`;
    expect(await send('POST', '/api/v1/import/prometheus?extra_label=site=x', text)).toEqual([204, '']);
    expect(
      await send('POST', '/api/v1/import/prometheus', new Uint8Array(gzipSync('zipped 1\n')), {
        'content-encoding': 'gzip',
      }),
    ).toEqual([204, '']);
    expect(await api.vector('rows{t="a"}', at)).toMatchObject([
      { metric: { site: 'x', t: 'a' }, value: [at, '3'] },
    ]);
    expect(await values('rows{t="b"}')).toEqual({ 'rows{"site":"x","t":"b"}': 'NaN' });
    expect(await values('zipped')).toEqual({ 'zipped{}': '1' });
    expect(await api.get('metadata', { metric: 'rows' })).toEqual({
      rows: [{ type: 'counter', help: 'Rows.', unit: '' }],
    });
    const [status, why] = await send('POST', '/api/v1/import/prometheus', 'rows{ 3\n');
    expect([status, why]).toEqual([400, expect.stringContaining('line 1')]);
  });

  it('replaces, merges and deletes groups; what leaves a group ends at once', async () => {
    const path = '/metrics/job/batch/instance/i1';
    expect(await send('PUT', path, 'one 1\ntwo{k="a"} 2\ntwo{k="b"} 2\n')).toEqual([200, '']);
    const own = { instance: 'i1', job: 'batch' };
    const name = (metric: string, labels = {}): string => `${metric}${JSON.stringify({ ...own, ...labels })}`;
    const query = '{job="batch",__name__=~"one|two|three"}';
    expect(await values(query)).toEqual({
      [name('one')]: '1',
      [name('two', { k: 'a' })]: '2',
      [name('two', { k: 'b' })]: '2',
    });
    await send('POST', path, 'two{k="c"} 5\nthree 3\n');
    expect(await values(query)).toEqual({
      [name('one')]: '1',
      [name('two', { k: 'c' })]: '5',
      [name('three')]: '3',
    });
    // A group goes on being stored.
    const stored = `count_over_time(one{job="batch"}[1m])`;
    await eventually(async () => ((await api.value(stored))! > 3 ? true : undefined), 10_000, 'more samples');
    expect(Object.keys(await values('push_time_seconds{job="batch"}'))).toHaveLength(1);
    await send('PUT', path, 'three 4\n');
    expect(await values(query)).toEqual({ [name('three')]: '4' });
    expect(await send('DELETE', path)).toEqual([202, '']);
    expect(await values('{job="batch"}')).toEqual({});
    expect((await send('DELETE', path))[0]).toBe(202);
  });

  it('ends a group when its time has passed, and forgets none without one', async () => {
    await send('PUT', '/metrics/job/brief?ttl=1s', 'brief 1\n');
    await send('PUT', '/metrics/job/lasting', 'lasting 1\n');
    expect(await values('brief')).toEqual({ 'brief{"job":"brief"}': '1' });
    await eventually(
      async () => ((await api.vector('brief')).length === 0 ? true : undefined),
      10_000,
      'the end',
    );
    expect(await values('lasting')).toEqual({ 'lasting{"job":"lasting"}': '1' });
  });

  it('reads group labels from the path as the Pushgateway does', async () => {
    expect(await send('PUT', '/metrics/job@base64/YS9i/path@base64/=/x/y%20z', 'labels_of_path 1\n')).toEqual(
      [200, ''],
    );
    expect(await values('labels_of_path')).toEqual({ 'labels_of_path{"job":"a/b","x":"y z"}': '1' });
    const refused: [string, string, string][] = [
      ['/metrics/job/', 'x 1\n', 'job name is required'],
      ['/metrics/job/a/b', 'x 1\n', 'a label has no value'],
      ['/metrics/job/a/0b/c', 'x 1\n', 'improper label name "0b"'],
      ['/metrics/job/a/__b/c', 'x 1\n', 'improper label name "__b"'],
      ['/metrics/job/a', 'x 1 1000\n', 'pushed metrics must not have timestamps'],
      ['/metrics/job/a', 'x 1\nx 2\n', 'twice'],
      ['/metrics/job/a', 'x{\n', 'text format: line 1'],
      ['/metrics/job/a?ttl=abc', 'x 1\n', 'invalid parameter "ttl"'],
    ];
    for (const [path, body, why] of refused) {
      const [status, text] = await send('PUT', path, body);
      expect([path, status, text]).toEqual([path, 400, expect.stringContaining(why)]);
    }
  });
});
