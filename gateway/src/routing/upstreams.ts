import type { OnApplicationShutdown } from '@nestjs/common';
import type { UpstreamName } from './routes.js';
import { Upstream } from './upstream.js';

/** The services behind the gateway, by name. */
export class Upstreams implements OnApplicationShutdown {
  readonly #upstreams: Readonly<Record<UpstreamName, Upstream>>;

  constructor(urls: Readonly<Record<UpstreamName, string>>) {
    this.#upstreams = {
      catalog: new Upstream('catalog', urls.catalog),
      inventory: new Upstream('inventory', urls.inventory),
      order: new Upstream('order', urls.order),
      'order-query': new Upstream('order-query', urls['order-query']),
      recommendation: new Upstream('recommendation', urls.recommendation),
    };
  }

  of(name: UpstreamName): Upstream {
    return this.#upstreams[name];
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(Object.values(this.#upstreams).map((upstream) => upstream.close()));
  }
}
