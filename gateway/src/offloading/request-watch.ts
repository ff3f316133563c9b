import type { IncomingMessage } from 'node:http';
import { currentContext } from '@souk/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isWhole } from '../routing/whole.js';
import type { AccessLog } from './access-log.js';
import type { ClientAddresses } from './client-address.js';
import type { RequestMetrics } from './request-metrics.js';

/** What nobody has a route for counts as one, or every guess of a scanner would be a time series. */
const UNKNOWN = 'none';

/** By what a request is told in the log. */
export type Named = (request: FastifyRequest) => string;

export interface RequestWatchOptions {
  readonly metrics: RequestMetrics;
  readonly log: AccessLog;
  readonly clients: ClientAddresses;
  readonly named?: Named;
}

/** Counts and logs every request when its answer is complete, or its caller gone. */
export class RequestWatch {
  readonly #options: RequestWatchOptions;

  constructor(options: RequestWatchOptions) {
    this.#options = options;
  }

  hook(fastify: FastifyInstance): void {
    const { metrics, log, clients, named = routeOf } = this.#options;
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
        log.note({ method, route: named(request), status, ms, bytes, caller, correlationId, complete });
      });
      done();
    });
  }

  /** One that was sent away at the door: no hook sees it, and no route was looked for. */
  shed(raw: IncomingMessage, status: number): void {
    const { metrics, log, clients } = this.#options;
    const { method = '', headers } = raw;
    metrics.note(method, UNKNOWN, status, 0);
    if (!log.wants(status)) return;
    const caller = clients.addressOf({ headers, raw });
    const nothing = { bytes: undefined, correlationId: undefined };
    log.note({ method, route: UNKNOWN, status, ms: 0, caller, complete: true, ...nothing });
  }
}

export function routeOf({ routeTemplate, routeOptions: { url } }: FastifyRequest): string {
  return routeTemplate ?? (url === undefined || url.endsWith('*') ? UNKNOWN : url);
}
