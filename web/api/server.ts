// The HTTP server: one fastify instance with the API, the browser pages and the limits that keep clients in bounds.
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Files } from '../../src/packaging.ts';
import type { IngestService, QueryService } from '../../src/threads/services.ts';
import { adminRoutes } from './admin-routes.ts';
import { dataRoutes } from './data-routes.ts';
import { sendError } from './errors.ts';
import { queryRoutes } from './query-routes.ts';
import { sendText } from './routing.ts';
import { statusRoutes } from './status-routes.ts';
import { uiRoutes } from './ui-routes.ts';
import { writeRoutes } from './write-routes.ts';

/** What the routes need of the program. */
export interface ApiContext {
  readonly ingest: IngestService;
  readonly queries: QueryService;
  readonly status: ServerStatus;
  readonly settings: ApiSettings;
  /** The browser pages; null where they are not installed. */
  readonly ui: Files | null;
  /** Now in ms. */
  readonly now: () => number;
}

/** What is switched on. */
export interface ApiSettings {
  readonly enableLifecycle: boolean;
  readonly enableAdminApi: boolean;
  readonly enableRemoteWrite: boolean;
  /** Take pushed metrics. */
  readonly enablePush?: boolean;
  /** Which origins' pages may read the API; none where it is left out. */
  readonly allowsOrigin?: (origin: string) => boolean;
}

/** The server about itself. */
export interface ServerStatus {
  ready(): boolean;
  /** Own metrics as exposition text. */
  exposition(): Promise<string>;
  configText(): string;
  scrapePools(): readonly string[];
  /** A job's section of the configuration, without secrets. @throws ServiceError where there is no such job */
  scrapePoolText(job: string): string;
  /** What a job's relabelling does to labels, rule by rule. @throws ServiceError where there is no such job */
  relabelSteps(job: string, labels: Readonly<Record<string, string>>): readonly unknown[];
  /** Compiles a selector such as `{job="x"}` for labels of targets. @throws ServiceError */
  labelMatcher(selector: string): Promise<(labels: Readonly<Record<string, string>>) => boolean>;
  /** Labels that go with everything that leaves for other servers. */
  externalLabels(): readonly string[];
  readonly flags: Readonly<Record<string, string>>;
  readonly buildInfo: Readonly<Record<string, string>>;
  runtimeInfo(): Readonly<Record<string, unknown>>;
  /** Reads the configuration again; rejects with what is wrong with it. */
  reload(): Promise<void>;
  compact(): Promise<void>;
  quit(): void;
}

/** The largest body taken: a remote-write request, compressed. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** Levels at which fastify tells where it listens; a quieter logger, a silent one above all, stays as it is. */
const LISTENS_ALOUD = new Set(['trace', 'debug', 'info']);

/** Makes a server that does not listen yet. */
export function createServer(context: ApiContext, logger: FastifyBaseLogger): FastifyInstance {
  const app = fastify({
    // Where it listens is told once, by the program.
    loggerInstance: LISTENS_ALOUD.has(logger.level) ? logger.child({}, { level: 'warn' }) : logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  });
  app.setNotFoundHandler((_, reply) => sendText(reply, 404, '404 page not found\n'));
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) =>
    error.statusCode !== undefined && error.statusCode < 500
      ? sendText(reply, error.statusCode, `${error.message}\n`)
      : sendError(reply, error),
  );
  mountRoutes(app, context);
  return app;
}

/** Stands in for fastify's schema libraries, a third of its memory and start time: no route has a schema. */
function noSchemas(): never {
  throw new Error('A route with a schema needs the compilers that createServer leaves out');
}

/**
 * Adds every route to a fastify instance, which may be another program's own; in a scope of their own, so that neither's
 * body parsers get in the other's way.
 */
export function mountRoutes(app: FastifyInstance, context: ApiContext): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
      done(null, new URLSearchParams(body as string)),
    );
    scope.addContentTypeParser('application/x-protobuf', { parseAs: 'buffer' }, (_, body, done) =>
      done(null, body),
    );
    // Bodies that no route reads, such as fetch's default text/plain, are no reason to refuse a request.
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, __, done) => done(null, undefined));
    scope.options('*', (_, reply) => reply.code(204).send());
    const { allowsOrigin } = context.settings;
    if (allowsOrigin)
      scope.addHook('onRequest', async (request, reply) => allow(request, reply, allowsOrigin));
    queryRoutes(scope, context);
    dataRoutes(scope, context);
    writeRoutes(scope, context);
    adminRoutes(scope, context);
    statusRoutes(scope, context);
    if (context.ui) uiRoutes(scope, context.ui);
  });
}

/** The headers by which a browser lets another origin's page read an answer; upstream's. */
function allow(
  { headers: { origin } }: FastifyRequest,
  reply: FastifyReply,
  allowsOrigin: (origin: string) => boolean,
): void {
  if (origin === undefined) return;
  reply.headers({
    'access-control-allow-headers': 'Accept, Authorization, Content-Type, Origin',
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-expose-headers': 'Date',
    vary: 'Origin',
  });
  if (allowsOrigin(origin)) reply.header('access-control-allow-origin', origin);
}
