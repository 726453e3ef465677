// The server about itself: health, targets, config, flags, build, own metrics, reload.
import type { FastifyInstance } from 'fastify';
import { formatDuration } from '../../query/lang/duration.ts';
import { ServiceError, type TargetMetadata, type TargetState } from '../../src/threads/services.ts';
import { invalidParameter } from './errors.ts';
import { OPENAPI } from './openapi.ts';
import { wholeNumberParameter } from './params.ts';
import { route, sendData, sendJson, sendText } from './routing.ts';
import type { ApiContext } from './server.ts';

export function statusRoutes(app: FastifyInstance, context: ApiContext): void {
  const { ingest, queries, status, settings, now } = context;

  route(app, ['GET'], '/-/healthy', async ({ reply }) => sendText(reply, 200, 'Ferula is Healthy.\n'));
  route(app, ['GET'], '/-/ready', async ({ reply }) =>
    status.ready()
      ? sendText(reply, 200, 'Ferula is Ready.\n')
      : sendText(reply.header('x-prometheus-stopping', 'true'), 503, 'Service Unavailable\n'),
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

  route(app, ['GET'], '/api/v1/targets', async (call) => {
    const { params } = call;
    const wanted = (params.get('state') ?? '').toLowerCase();
    const pool = params.get('scrapePool') ?? '';
    const state = await ingest.targets();
    const inPool = (target: { scrapePool: string }) => pool === '' || target.scrapePool === pool;
    const showActive = wanted !== 'dropped';
    const showDropped = wanted !== 'active';
    return sendData(call, {
      activeTargets: showActive ? state.active.filter(inPool).map(targetToJson) : [],
      droppedTargets: showDropped
        ? state.dropped
            .filter(inPool)
            .map(({ discoveredLabels, scrapePool }) => ({ discoveredLabels, scrapePool }))
        : [],
      droppedTargetCounts: showDropped ? state.droppedCounts : null,
    });
  });
  route(app, ['GET'], '/api/v1/scrape_pools', async (call) =>
    sendData(call, { scrapePools: status.scrapePools() }),
  );

  route(app, ['GET'], '/api/v1/status/config', async (call) => sendData(call, { yaml: status.configText() }));
  route(app, ['GET'], '/api/v1/status/flags', async (call) => sendData(call, status.flags));
  route(app, ['GET'], '/api/v1/status/buildinfo', async (call) => sendData(call, status.buildInfo));
  route(app, ['GET'], '/api/v1/status/runtimeinfo', async (call) => sendData(call, status.runtimeInfo()));

  // Rules come with an issue of their own; until then there are none, and that is what clients are told.
  route(app, ['GET'], '/api/v1/rules', async (call) => sendData(call, { groups: [] }));
  route(app, ['GET'], '/api/v1/alerts', async (call) => sendData(call, { alerts: [] }));
  route(app, ['GET'], '/api/v1/alertmanagers', async (call) =>
    sendData(call, { activeAlertmanagers: [], droppedAlertmanagers: [] }),
  );

  route(app, ['GET'], '/api/v1/targets/metadata', async (call) => {
    const limit = wholeNumberParameter(call.params, 'limit', -1);
    const selector = call.params.get('match_target');
    const matches = selector ? await status.labelMatcher(selector) : () => true;
    const metric = call.params.get('metric') ?? '';
    return sendData(call, targetMetadata(await ingest.targetMetadata(), matches, metric, limit));
  });
  route(app, ['GET'], '/api/v1/targets/relabel_steps', async (call) => {
    const labels = labelsParameter(call.params);
    return sendData(call, { steps: status.relabelSteps(call.params.get('scrapePool') ?? '', labels) });
  });
  route(app, ['GET'], '/api/v1/scrape_pools/config', async (call) =>
    sendData(call, { yaml: status.scrapePoolText(call.params.get('scrapePool') ?? '') }),
  );

  route(app, ['GET'], '/api/v1/status/tsdb', async (call) => {
    const limit = wholeNumberParameter(call.params, 'limit', 10);
    if (limit < 1 || limit > TSDB_LIMIT_MAX)
      throw invalidParameter('limit', `limit must be between 1 and ${TSDB_LIMIT_MAX}`);
    return sendJson(call, queries.stream({ kind: 'tsdb_status', limit, nowMs: now() }, call.signal));
  });
  // There is nothing to replay: the file is open or it is not.
  route(app, ['GET'], '/api/v1/status/walreplay', async (call) =>
    sendData(call, { min: 0, max: 0, current: 0 }),
  );
  route(app, ['GET'], '/api/v1/features', async (call) => sendData(call, features(settings)));
  route(app, ['GET'], '/api/v1/notifications', async (call) => sendData(call, []));
  // 204 is upstream's answer where no more subscribers are taken; none are here, since nothing is ever notified.
  route(app, ['GET'], '/api/v1/notifications/live', async ({ reply }) => reply.code(204).send());
  route(app, ['GET'], '/api/v1/openapi.yaml', async ({ reply }) =>
    reply.type('application/yaml; charset=utf-8').send(OPENAPI),
  );
  route(app, ['GET'], '/version', async ({ reply }) =>
    reply.type('application/json').send(JSON.stringify(status.buildInfo)),
  );
}

/** Names of a list in /api/v1/status/tsdb, at most. */
const TSDB_LIMIT_MAX = 10_000;

/** What clients may count on, by category; what is absent is off. */
function features(settings: ApiContext['settings']): unknown {
  return {
    api: {
      admin: settings.enableAdminApi,
      exclude_alerts: true,
      label_values_match: true,
      lifecycle: settings.enableLifecycle,
      otlp_write_receiver: false,
      query_stats: true,
      query_warnings: true,
      remote_write_receiver: settings.enableRemoteWrite,
      push: settings.enablePush === true,
      time_range_labels: true,
      time_range_series: true,
    },
    promql: {
      anchored: true,
      at_modifier: true,
      bool: true,
      by: true,
      fill: true,
      group_left: true,
      group_right: true,
      ignoring: true,
      negative_offset: true,
      offset: true,
      on: true,
      per_step_stats: true,
      smoothed: true,
      subqueries: true,
      without: true,
    },
    tsdb: { exemplars: false, native_histograms: false, out_of_order: true },
  };
}

/** The `labels` parameter: a JSON object of texts. */
function labelsParameter(params: URLSearchParams): Record<string, string> {
  const text = params.get('labels') ?? '';
  let labels: unknown;
  try {
    labels = JSON.parse(text);
  } catch (error) {
    throw invalidParameter('labels', (error as Error).message);
  }
  if (
    labels === null ||
    typeof labels !== 'object' ||
    Object.values(labels).some((v) => typeof v !== 'string')
  )
    throw invalidParameter('labels', 'expected a JSON object of label names and values');
  return labels as Record<string, string>;
}

/** What targets say of their metrics, one entry a target and metric; with `metric` given it is not repeated. */
function targetMetadata(
  targets: readonly TargetMetadata[],
  matches: (labels: Readonly<Record<string, string>>) => boolean,
  metric: string,
  limit: number,
): unknown[] {
  const found: unknown[] = [];
  for (const { labels, metadata } of targets) {
    const target: Record<string, string> = Object.create(null);
    for (let i = 0; i < labels.length; i += 2) target[labels[i]] = labels[i + 1];
    if (!matches(target)) continue;
    for (const { metric: name, type, help, unit } of metadata) {
      if (metric !== '' && metric !== name) continue;
      if (limit >= 0 && found.length >= limit) return found;
      found.push({ target, ...(metric === '' && { metric: name }), type, help, unit });
    }
  }
  if (found.length === 0) throw new ServiceError('not_found', 'specified metadata not found');
  return found;
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
