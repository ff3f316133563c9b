import { isCodedError, statusOf } from '@souk/http';
import type { ManagementRoutes } from '@souk/service-kit';
import type { Rebuild } from './rebuild.js';

/** On the management port, which nobody outside reaches: `souk rebuild order-query` asks here. */
export function rebuildRoutes(routes: ManagementRoutes, rebuild: Pick<Rebuild, 'start' | 'status'>): void {
  routes.add('/rebuild', async () => ({ status: 200, body: await rebuild.status() }));
  routes.add(
    '/rebuild',
    async () => {
      try {
        return { status: 202, body: await rebuild.start() };
      } catch (error) {
        if (!isCodedError(error)) throw error;
        return { status: statusOf(error.kind), body: { code: error.code, error: error.message } };
      }
    },
    'POST',
  );
}
