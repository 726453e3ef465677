// What a worker thread runs: one of the two services, offered on the port to the main thread. Each loads only its own
// half of the program, which is where most of a thread's memory goes.
import { parentPort, workerData } from 'node:worker_threads';
import type { IngestOptions } from './ingest.ts';
import type { ReadOptions } from './read.ts';
import { connect, type Port } from './rpc.ts';
import type { MainThread } from './services.ts';

export type WorkerData =
  | { readonly role: 'ingest'; readonly options: IngestOptions }
  | { readonly role: 'read'; readonly options: ReadOptions };

/** Serves calls from the main thread; the service starts meanwhile, and calls wait for it. */
function runWorker(port: Port, data: WorkerData): void {
  const service = Promise.withResolvers<object>();
  const { peer: main } = connect<MainThread>(port, service.promise);
  service.resolve(
    data.role === 'ingest'
      ? import('./ingest.ts').then(({ startIngest }) => startIngest(data.options, main))
      : import('./read.ts').then(({ startRead }) => startRead(data.options, main)),
  );
}

const data = workerData as WorkerData | null;
if (parentPort && data?.role) runWorker(parentPort, data);
