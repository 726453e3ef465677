// Ferula's own metrics: what threads count as plain data is served beside the HTTP server's and the process's figures
// through one prom-client registry. Only the main thread loads the library.
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { OwnMetric, OwnMetrics } from './threads/services.ts';

export interface ServerMetrics {
  /** Everything as exposition text, format 0.0.4. */
  exposition(): Promise<string>;
  countRequest(handler: string, code: number, seconds: number): void;
}

/**
 * @param collect gathers what the threads counted, at every exposition
 * @param info labels of `ferula_build_info`
 */
export function createMetrics(
  collect: () => Promise<OwnMetrics>,
  info: Readonly<Record<string, string>>,
): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'prometheus_http_requests_total',
    help: 'HTTP requests by route and status code.',
    labelNames: ['handler', 'code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'prometheus_http_request_duration_seconds',
    help: 'Time to answer HTTP requests, by route.',
    labelNames: ['handler'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.4, 1, 3, 8, 20, 60],
    registers: [registry],
  });
  const buildInfo: OwnMetrics = ['ferula_build_info', 'prometheus_build_info'].map((name) => ({
    name,
    type: 'gauge',
    help: 'Constant 1, with the version in labels.',
    samples: [{ labels: info, value: 1 }],
  }));
  return {
    exposition: async () => {
      const [own, library] = await Promise.all([collect(), registry.metrics()]);
      return [...buildInfo, ...own].map(toText).join('') + library;
    },
    countRequest: (handler, code, seconds) => {
      requests.inc({ handler, code });
      durations.observe({ handler }, seconds);
    },
  };
}

function toText({ name, type, help, samples }: OwnMetric): string {
  const lines = samples.map(({ labels, value, suffix = '' }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeValue(text)}"`);
    return `${name}${suffix}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escapeValue(text: string): string {
  return text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}
