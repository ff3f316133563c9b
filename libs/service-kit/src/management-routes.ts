import type { Metrics } from '@souk/observability';

export interface ManagementAnswer {
  readonly status: number;
  /** Sent as JSON, or as it is where `contentType` is given. */
  readonly body: unknown;
  readonly contentType?: string;
}
export type ManagementHandler = () => Promise<ManagementAnswer> | ManagementAnswer;

/** Further GET routes of the management port; never reachable through the API port. */
export class ManagementRoutes {
  readonly #routes = new Map<string, ManagementHandler>();

  add(path: string, handler: ManagementHandler): void {
    this.#routes.set(path, handler);
  }

  find(path: string): ManagementHandler | undefined {
    return this.#routes.get(path);
  }
}

export const asPrometheusText =
  (metrics: Metrics): ManagementHandler =>
  () => ({ status: 200, body: metrics.render(), contentType: 'text/plain; version=0.0.4; charset=utf-8' });
