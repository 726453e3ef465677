// Starts the two services, on threads of their own or on the calling one, behind the same interface.
import type { MaintenanceParts } from '../maintenance.ts';
import type { IngestOptions, IngestThread } from './ingest.ts';
import { ReadPool } from './pool.ts';
import type { ReadOptions, ReadService } from './read.ts';
import { connect } from './rpc.ts';
import type { IngestService, MainThread, QueryService } from './services.ts';
import { spawn } from './spawn.ts';

export interface ServiceOptions {
  /** Threads for reading; 0: everything on the calling thread. */
  readonly threads: number;
  readonly queueMax: number;
  readonly ingest: IngestOptions;
  readonly read: ReadOptions;
}

export interface Services {
  readonly ingest: IngestService;
  readonly queries: QueryService;
  readonly maintenance: Omit<MaintenanceParts, 'log'>;
  /** Resolves once the store is open; rejects with what is wrong with it. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

export function startServices(options: ServiceOptions, main: MainThread): Services {
  return options.threads > 0 ? startThreads(options, main) : startInline(options, main);
}

function startThreads(
  { threads, queueMax, ingest: ingestOptions, read }: ServiceOptions,
  main: MainThread,
): Services {
  const worker = spawn({ role: 'ingest', options: ingestOptions });
  const connection = connect<IngestThread>(worker, main);
  const ingest = connection.peer;
  let closed = false;
  worker.on('error', (error: Error) => connection.fail(error));
  worker.on('exit', () => {
    connection.fail(new Error('the ingest thread ended'));
    // Without a writer there is nothing to go on with; a supervisor's restart is the way back.
    if (!closed) void main.log('error', 'the ingest thread ended; stopping').then(() => process.exit(1));
  });
  const pool = new ReadPool({ threads, queueMax, read }, main);
  return {
    ingest,
    queries: pool,
    maintenance: {
      computePatch: (nowMs, what) => pool.background((reader) => reader.computePatch(nowMs, what)),
      checkpoint: (all) => pool.background((reader) => reader.checkpoint(all)),
      applyPatch: (patch) => ingest.applyPatch(patch),
      shrink: () => ingest.shrink(),
    },
    ready: () => ingest.ready(),
    close: async () => {
      closed = true;
      await pool.close();
      try {
        await ingest.close();
      } finally {
        await worker.terminate();
      }
    },
  };
}

/** Both services on this thread, loaded when first used: for embedding programs that want no threads. */
function startInline(
  { ingest: ingestOptions, read: readOptions }: ServiceOptions,
  main: MainThread,
): Services {
  const starting = import('./ingest.ts').then(({ startIngest }) => startIngest(ingestOptions, main));
  const reading = import('./read.ts').then(({ startRead }) => startRead(readOptions, main));
  starting.catch(() => {}); // `ready` reports it
  reading.catch(() => {});
  const viaIngest = async <T>(use: (ingest: IngestThread) => T | Promise<T>): Promise<T> =>
    use(await starting);
  const viaRead = async <T>(use: (read: ReadService) => T | Promise<T>): Promise<T> => use(await reading);
  return {
    ingest: {
      applyConfig: (config) => viaIngest((ingest) => ingest.applyConfig(config)),
      targets: () => viaIngest((ingest) => ingest.targets()),
      targetMetadata: () => viaIngest((ingest) => ingest.targetMetadata()),
      remoteWrite: (body, version) => viaIngest((ingest) => ingest.remoteWrite(body, version)),
      importText: (body, settings) => viaIngest((ingest) => ingest.importText(body, settings)),
      push: (request) => viaIngest((ingest) => ingest.push(request)),
      append: (samples) => viaIngest((ingest) => ingest.append(samples)),
      metrics: () => viaIngest((ingest) => ingest.metrics()),
      close: () => viaIngest((ingest) => ingest.close()),
    },
    queries: {
      answer: (request) => viaRead((read) => read.answer(request)),
      stream: async (request) => ({ first: await viaRead((read) => read.answer(request)), rest: null }),
      metrics: async () => [],
      close: () => viaRead((read) => read.close()),
    },
    maintenance: {
      computePatch: (nowMs, what) => viaRead((read) => read.computePatch(nowMs, what)),
      checkpoint: (all) => viaRead((read) => read.checkpoint(all)),
      applyPatch: (patch) => viaIngest((ingest) => ingest.applyPatch(patch)),
      shrink: () => viaIngest((ingest) => ingest.shrink()),
    },
    ready: () => viaIngest((ingest) => ingest.ready()),
    close: async () => {
      const read = await reading.catch(() => undefined);
      read?.close();
      const ingest = await starting.catch(() => undefined);
      await ingest?.close();
    },
  };
}
