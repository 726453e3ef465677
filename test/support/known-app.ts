// An application under known traffic, run as a program of its own: `node known-app.ts PORT`. Its handler "work" is
// called 50 times a second (on a schedule that catches up, so the rate is exact over time), each call takes a known time
// by its histogram: 90 % are 30 ms, 10 % are 300 ms.
import { createServer } from 'node:http';
import { Counter, Histogram, Registry } from 'prom-client';

const CALLS_A_SECOND = 50;

const registry = new Registry();
const calls = new Counter({
  name: 'app_calls_total',
  help: 'Calls of the handler.',
  labelNames: ['handler', 'code'],
  registers: [registry],
});
const durations = new Histogram({
  name: 'app_call_duration_seconds',
  help: 'How long calls took.',
  labelNames: ['handler'],
  buckets: [0.01, 0.05, 0.1, 0.5, 1],
  registers: [registry],
});

let done = 0;
const start = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - start) / 1000) * CALLS_A_SECOND);
  for (; done < due; done++) {
    calls.inc({ handler: 'work', code: done % 5 === 0 ? '500' : '200' });
    durations.observe({ handler: 'work' }, done % 10 === 0 ? 0.3 : 0.03);
  }
}, 10);

createServer(async (_, response) => {
  response.setHeader('content-type', registry.contentType);
  response.end(await registry.metrics());
}).listen(Number(process.argv[2]), '127.0.0.1');
