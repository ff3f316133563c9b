import type { Server } from 'node:http';
import type { Logger } from '@souk/observability';
import { createServer } from './node-http.js';
import type { StoreStats } from './span-store.js';

export interface ManagementOptions {
  /** Figures of the store; throws when it cannot be read. */
  readonly stats: () => StoreStats & { readonly refusedBatches: number };
  readonly stopping: () => boolean;
  readonly logger: Pick<Logger, 'error'>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly type?: string;
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The port of probes and figures: /livez, /startupz, /readyz, /metrics. */
export function createManagementServer(options: ManagementOptions): Server {
  return createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    const { status, body, type } = answer(options, request.method === 'GET' ? (request.url ?? '') : '');
    response.writeHead(status, { 'content-type': type ?? 'application/json', 'cache-control': 'no-store' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

function answer(options: ManagementOptions, url: string): Answer {
  switch (url.split('?', 1)[0]) {
    case '/livez':
      return { status: 200, body: { status: 'alive' } };
    case '/startupz':
      return { status: 200, body: { status: 'started' } };
    case '/readyz':
      return readiness(options);
    case '/metrics':
      return withStats(options, (stats) => ({ status: 200, body: metricsText(stats), type: METRICS_TYPE }));
    default:
      return { status: 404, body: { status: 'not-found' } };
  }
}

function readiness(options: ManagementOptions): Answer {
  if (options.stopping()) return { status: 503, body: { status: 'stopping' } };
  return withStats(options, () => ({ status: 200, body: { status: 'ready' } }));
}

/** A store that cannot be read is a reason to say so, not to end. */
function withStats({ stats, logger }: ManagementOptions, use: (figures: ReturnType<typeof stats>) => Answer): Answer {
  try {
    return use(stats());
  } catch (error) {
    logger.error({ err: error }, 'the store cannot be read');
    return { status: 503, body: { status: 'not-ready', error: String(error) } };
  }
}

/** Prometheus text. */
export function metricsText(stats: ReturnType<ManagementOptions['stats']>): string {
  const lines = [
    ['counter', 'spans_accepted_total', '', stats.accepted],
    ['counter', 'spans_dropped_total', '{reason="space"}', stats.evictedForSpace],
    ['counter', 'spans_dropped_total', '{reason="age"}', stats.evictedForAge],
    ['counter', 'spans_duplicate_total', '', stats.duplicates],
    ['counter', 'batches_refused_total', '', stats.refusedBatches],
    ['gauge', 'spans_stored', '', stats.spans],
    ['gauge', 'traces_stored', '', stats.traces],
  ] as const;
  const named = new Set<string>();
  const text = lines.flatMap(([type, name, labels, value]) => {
    const full = `souk_trace_store_${name}`;
    const header = named.has(full) ? [] : [`# TYPE ${full} ${type}`];
    named.add(full);
    return [...header, `${full}${labels} ${value}`];
  });
  return `${text.join('\n')}\n`;
}
