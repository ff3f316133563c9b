import { armFailpoints, reportFailpoints } from '@souk/failpoints';
import { z } from 'zod';
import type { ManagementAnswer, ManagementRoutes } from './management-routes.js';

const armRequest = z.strictObject({ spec: z.string().max(2_000) });

/**
 * `GET /failpoints` lists the points of this process with hits, `PUT /failpoints {"spec":"order.after-commit=crash@1"}` arms
 * points in place of those armed before. Only for a process that was started with SOUK_FAILPOINTS: elsewhere the routes do not exist.
 */
export function failpointRoutes(routes: ManagementRoutes): void {
  routes.add('/failpoints', report);
  routes.add(
    '/failpoints',
    (body) => {
      const asked = armRequest.safeParse(body);
      if (!asked.success) return refused('expected {"spec":"name=crash|throw|sleep:MS[@HIT],…"}');
      try {
        armFailpoints(asked.data.spec);
      } catch (error) {
        return refused(error instanceof Error ? error.message : String(error));
      }
      return report();
    },
    'PUT',
  );
}

const report = (): ManagementAnswer => ({ status: 200, body: { pid: process.pid, failpoints: reportFailpoints() } });

const refused = (error: string): ManagementAnswer => ({ status: 400, body: { status: 'refused', error } });
