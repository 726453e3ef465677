// The same exporters scraped by Debian's Prometheus and by our scraper: the same series, and the same values where they
// hold still. Prometheus 2 does not normalise `le` and `quantile`, so that is done to its answer here.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { normalizeBound } from '../../../src/scrape/float.ts';
import { ScrapeManager } from '../../../src/scrape/manager.ts';
import { labelsToObject } from '../../../storage/model/labels.ts';
import type { Sink } from '../../../storage/sink.ts';
import { eventually, freePort, needProgram, start } from '../../support/programs.ts';
import { configOf } from './configs.ts';

interface QueryAnswer {
  readonly data: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
}

it('finds the series that Prometheus finds', { timeout: 60_000 }, async (context) => {
  const prometheus = needProgram(context, 'prometheus');
  const exporter = needProgram(context, 'prometheus-node-exporter', 'node_exporter');
  const [prometheusPort, exporterPort] = [await freePort(), await freePort()];
  const dir = mkdtempSync(join(tmpdir(), 'ferula-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const yaml = `
global: {scrape_interval: 1s}
scrape_configs:
- {job_name: node, static_configs: [{targets: ["127.0.0.1:${exporterPort}"]}]}
- {job_name: prometheus, static_configs: [{targets: ["127.0.0.1:${prometheusPort}"], labels: {zone: a}}]}
`;
  writeFileSync(join(dir, 'prometheus.yml'), yaml);
  const running = [
    start(exporter, [`--web.listen-address=127.0.0.1:${exporterPort}`]),
    start(prometheus, [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
    ]),
  ];
  onTestFinished(async () => {
    await Promise.all(running.map((program) => program.stop('SIGKILL')));
  });
  const { sink, latest } = createLatestSink();
  const manager = new ScrapeManager({ sink, committer: { requestCommit() {} }, log: () => {} });
  onTestFinished(() => manager.close());
  manager.apply(configOf(yaml));

  // A Prometheus grows series as it is used; the comparison holds once both have seen the same.
  await eventually(
    async () => {
      const theirs = await prometheusSeries(prometheusPort);
      expect(theirs.size).toBeGreaterThan(500);
      expect([...latest.keys()].sort()).toEqual([...theirs.keys()].sort());
      const still = [...theirs].filter(([key]) => /_info|_boot_time|_bytes_total{.*max|config_/.test(key));
      expect(still.length).toBeGreaterThan(5);
      for (const [key, value] of still) expect([key, latest.get(key)]).toEqual([key, value]);
      return true;
    },
    30_000,
    'the same series on both sides',
  );
});

async function prometheusSeries(port: number): Promise<Map<string, number>> {
  const query = encodeURIComponent('{job=~".+"}');
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${query}`);
  const { data } = (await response.json()) as QueryAnswer;
  return new Map(
    data.result.map(({ metric, value }) => {
      const { le, quantile, ...rest } = metric;
      const bounds = {
        ...(le === undefined ? {} : { le: normalizeBound(le) }),
        ...(quantile === undefined ? {} : { quantile: normalizeBound(quantile) }),
      };
      return [seriesKey({ ...rest, ...bounds }), Number(value[1])];
    }),
  );
}

function seriesKey({ __name__: name, ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.sort().join(',')}}`;
}

/** A sink that knows the latest value of each series. */
function createLatestSink(): { sink: Sink; latest: Map<string, number> } {
  const names: string[] = [''];
  const ids = new Map<string, number>();
  const layouts: Int32Array[] = [];
  const latest = new Map<string, number>();
  const counts = { appended: 0, outOfOrder: 0, duplicate: 0, tooOld: 0, tooFarAhead: 0 };
  const sink: Sink = {
    get seriesCount() {
      return ids.size;
    },
    seriesId(labels) {
      const name = seriesKey(labelsToObject(labels));
      const id = ids.get(name) ?? names.push(name) - 1;
      ids.set(name, id);
      return id;
    },
    layoutId: (seriesIds) => layouts.push(seriesIds.slice()) - 1,
    appendRow(layoutId, _, values) {
      layouts[layoutId].forEach((id, i) => {
        latest.set(names[id], values[i]);
      });
      return counts;
    },
    appendSamples(seriesIds, _, values, count) {
      for (let i = 0; i < count; i++) {
        if (Number.isNaN(values[i])) latest.delete(names[seriesIds[i]]);
        else latest.set(names[seriesIds[i]], values[i]);
      }
      return counts;
    },
    appendMetadata() {},
    commit() {},
  };
  return { sink, latest };
}
