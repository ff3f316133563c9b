import { DeepHealth, type DeepReport } from './deep-health.js';
import type { HealthRegistry } from './health-registry.js';

/** Variant `health-unbounded`: each probe asks every dependency anew. */
export class AskedEachTime extends DeepHealth {
  readonly #registry: Pick<HealthRegistry, 'askAll'>;

  constructor(registry: Pick<HealthRegistry, 'askAll'>) {
    super();
    this.#registry = registry;
  }

  async report(): Promise<DeepReport> {
    return { checkedAt: new Date().toISOString(), dependencies: await this.#registry.askAll() };
  }
}
