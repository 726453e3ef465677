// The server about itself: health, targets, config, flags, build, own metrics, reload.
import type { FastifyInstance } from 'fastify';
import { formatDuration } from '../../query/lang/duration.ts';
import { ServiceError, type TargetState } from '../../src/threads/services.ts';
import { route, sendData, sendText } from './routing.ts';
import type { ApiContext } from './server.ts';

export function statusRoutes(app: FastifyInstance, context: ApiContext): void {
  const { ingest, status, settings } = context;

  route(app, ['GET'], '/-/healthy', async ({ reply }) => sendText(reply, 200, 'Ferula is Healthy.\n'));
  route(app, ['GET'], '/-/ready', async ({ reply }) =>
    status.ready()
      ? sendText(reply, 200, 'Ferula is Ready.\n')
      : sendText(reply, 503, 'Service Unavailable\n'),
  );

  route(app, ['POST', 'PUT'], '/-/reload', async ({ reply }) => {
    if (!settings.enableLifecycle) return sendText(reply, 403, 'Lifecycle API is not enabled.\n');
    try {
      await status.reload();
      return sendText(reply, 200, '');
    } catch (error) {
      return sendText(reply, 500, `failed to reload config: ${(error as Error).message}\n`);
    }
  });
  route(app, ['POST', 'PUT'], '/-/quit', async ({ reply }) => {
    if (!settings.enableLifecycle) return sendText(reply, 403, 'Lifecycle API is not enabled.\n');
    status.quit();
    return sendText(reply, 200, 'Requesting termination... Goodbye!\n');
  });

  route(app, ['GET'], '/metrics', async ({ reply }) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await status.exposition()),
  );

  route(app, ['GET'], '/api/v1/targets', async ({ reply, params }) => {
    const wanted = (params.get('state') ?? '').toLowerCase();
    const pool = params.get('scrapePool') ?? '';
    const state = await ingest.targets();
    const inPool = (target: { scrapePool: string }) => pool === '' || target.scrapePool === pool;
    const showActive = wanted !== 'dropped';
    const showDropped = wanted !== 'active';
    return sendData(reply, {
      activeTargets: showActive ? state.active.filter(inPool).map(targetToJson) : [],
      droppedTargets: showDropped
        ? state.dropped
            .filter(inPool)
            .map(({ discoveredLabels, scrapePool }) => ({ discoveredLabels, scrapePool }))
        : [],
      droppedTargetCounts: showDropped ? state.droppedCounts : null,
    });
  });
  route(app, ['GET'], '/api/v1/scrape_pools', async ({ reply }) =>
    sendData(reply, { scrapePools: status.scrapePools() }),
  );

  route(app, ['GET'], '/api/v1/status/config', async ({ reply }) =>
    sendData(reply, { yaml: status.configText() }),
  );
  route(app, ['GET'], '/api/v1/status/flags', async ({ reply }) => sendData(reply, status.flags));
  route(app, ['GET'], '/api/v1/status/buildinfo', async ({ reply }) => sendData(reply, status.buildInfo));
  route(app, ['GET'], '/api/v1/status/runtimeinfo', async ({ reply }) =>
    sendData(reply, status.runtimeInfo()),
  );

  // Rules come with an issue of their own; until then there are none, and that is what clients are told.
  route(app, ['GET'], '/api/v1/rules', async ({ reply }) => sendData(reply, { groups: [] }));
  route(app, ['GET'], '/api/v1/alerts', async ({ reply }) => sendData(reply, { alerts: [] }));
  route(app, ['GET'], '/api/v1/alertmanagers', async ({ reply }) =>
    sendData(reply, { activeAlertmanagers: [], droppedAlertmanagers: [] }),
  );

  route(app, ['POST', 'PUT'], '/api/v1/admin/tsdb/compact', async ({ reply }) => {
    if (!settings.enableAdminApi) throw new ServiceError('unavailable', 'admin APIs disabled');
    await status.compact();
    return reply.code(204).send();
  });
}

/** Go's zero time, which upstream answers for a target that was never scraped. */
const ZERO_TIME = '0001-01-01T00:00:00Z';

function targetToJson(target: TargetState) {
  return {
    discoveredLabels: target.discoveredLabels,
    labels: target.labels,
    scrapePool: target.scrapePool,
    scrapeUrl: target.scrapeUrl,
    globalUrl: target.globalUrl,
    lastError: target.lastError,
    lastScrape: target.lastScrapeMs === 0 ? ZERO_TIME : new Date(target.lastScrapeMs).toISOString(),
    lastScrapeDuration: target.lastScrapeDurationSeconds,
    health: target.health,
    scrapeInterval: formatDuration(target.scrapeIntervalMs),
    scrapeTimeout: formatDuration(target.scrapeTimeoutMs),
  };
}
