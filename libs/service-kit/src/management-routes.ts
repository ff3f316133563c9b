import type { IncomingHttpHeaders } from 'node:http';
import type { Metrics } from '@souk/observability';

export interface ManagementAnswer {
  readonly status: number;
  /** Sent as JSON, or as it is where `contentType` is given. */
  readonly body: unknown;
  readonly contentType?: string;
}
/** `body` is the JSON of a PUT, undefined where there is none or it cannot be read. No answer means that there is nothing at this address. */
export type ManagementHandler = (
  body?: unknown,
  headers?: IncomingHttpHeaders,
) => Promise<ManagementAnswer | undefined> | ManagementAnswer | undefined;

/** Further routes of the management port; never reachable through the API port. A POST starts something and takes no body. */
export class ManagementRoutes {
  readonly #routes = new Map<string, ManagementHandler>();

  add(path: string, handler: ManagementHandler, method: 'GET' | 'POST' | 'PUT' = 'GET'): void {
    this.#routes.set(`${method} ${path}`, handler);
  }

  find(path: string, method = 'GET'): ManagementHandler | undefined {
    return this.#routes.get(`${method} ${path}`);
  }
}

export const asPrometheusText =
  (metrics: Metrics): ManagementHandler =>
  () => ({ status: 200, body: metrics.render(), contentType: 'text/plain; version=0.0.4; charset=utf-8' });
