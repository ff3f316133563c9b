import { currentContext } from '@souk/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isWhole } from '../routing/whole.js';
import type { AccessLog } from './access-log.js';
import type { ClientAddresses } from './client-address.js';
import type { RequestMetrics } from './request-metrics.js';

/** What nobody has a route for counts as one, or every guess of a scanner would be a time series. */
const UNKNOWN = 'none';

/** Counts and logs every request when its answer is complete, or its caller gone. */
export function watchRequests(
  fastify: FastifyInstance,
  { metrics, log, clients }: { metrics: RequestMetrics; log: AccessLog; clients: ClientAddresses },
): void {
  fastify.addHook('onRequest', (request, { raw }, done) => {
    const started = performance.now();
    // When it ends, the context around may be that of the connection.
    const correlationId = currentContext()?.correlationId;
    const socket = request.raw.socket as { bytesWritten?: number } | null;
    const sentBefore = socket?.bytesWritten;
    // Closed after the answer, and when the connection ends before it; Fastify's own hooks miss the latter.
    raw.once('close', () => {
      const ms = performance.now() - started;
      const complete = isWhole(raw);
      const { method } = request;
      const route = routeOf(request);
      metrics.note(method, route, complete ? raw.statusCode : undefined, ms);
      if (!log.wants(raw.statusCode)) return;
      const bytes = sentBefore === undefined ? undefined : (socket?.bytesWritten ?? 0) - sentBefore;
      const caller = request.caller ?? clients.addressOf(request);
      const status = raw.statusCode;
      log.note({ method, route, status, ms, bytes, caller, correlationId, complete });
    });
    done();
  });
}

function routeOf({ routeTemplate, routeOptions: { url } }: FastifyRequest): string {
  return routeTemplate ?? (url === undefined || url.endsWith('*') ? UNKNOWN : url);
}
