// Admin routes under /api/v1/admin/tsdb, off unless --web.enable-admin-api: they answer then as upstream's do.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ServiceError } from '../../src/threads/services.ts';
import { matchParameter, rangeParameters } from './params.ts';
import { type Call, route } from './routing.ts';
import type { ApiContext } from './server.ts';

export function adminRoutes(app: FastifyInstance, { status, settings }: ApiContext): void {
  const admin = (name: string, handler: (call: Call) => Promise<FastifyReply>): void =>
    route(app, ['POST', 'PUT'], `/api/v1/admin/tsdb/${name}`, async (call) => {
      if (!settings.enableAdminApi) throw new ServiceError('unavailable', 'admin APIs disabled');
      return handler(call);
    });
  const compact = async ({ reply }: Call): Promise<FastifyReply> => {
    await status.compact();
    return reply.code(204).send();
  };

  admin('compact', compact);
  // There are no tombstones: giving space back is what its callers want.
  admin('clean_tombstones', compact);
  admin('delete_series', async ({ params }) => {
    if (matchParameter(params).length === 0)
      throw new ServiceError('bad_data', 'no match[] parameter provided');
    rangeParameters(params);
    throw new ServiceError('unavailable', 'series cannot be deleted yet');
  });
  admin('snapshot', async () => {
    throw new ServiceError('unavailable', "snapshots cannot be made yet; SQLite's .backup copies the file");
  });
}
