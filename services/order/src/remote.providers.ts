import type { Provider } from '@nestjs/common';
import { createHttpClient } from '@souk/http';
import { Metrics } from '@souk/observability';
import { exposeMetrics, logEvents } from '@souk/resilience';
import { AppLogger, HealthRegistry } from '@souk/service-kit';
import type { OrderConfig } from './config.js';
import { AmbassadorBreakers } from './saga/ambassador-breakers.js';
import { PaymentPolicy, paymentPolicy } from './saga/payment-policy.js';

/** What stands around calls that leave the shop; `claimMs` is how long one may take. */
export const remoteProviders = ({ AMBASSADOR_URL: baseUrl }: OrderConfig, claimMs: number): Provider[] => [
  {
    provide: PaymentPolicy,
    useFactory: (logger: AppLogger, metrics: Metrics) => {
      const policy = paymentPolicy(claimMs, logEvents(logger));
      exposeMetrics(metrics, () => [policy.state()]);
      return policy;
    },
    inject: [AppLogger, Metrics],
  },
  {
    provide: AmbassadorBreakers,
    useFactory: (health: HealthRegistry) => {
      if (baseUrl === undefined) return new AmbassadorBreakers(undefined);
      const breakers = new AmbassadorBreakers(createHttpClient({ name: 'ambassador', baseUrl, connections: 2 }));
      health.addLowPriority('payment', () => closed(breakers));
      return breakers;
    },
    inject: [HealthRegistry],
  },
];

/** Whether the ambassador lets calls through to all that it stands for. Asking the provider itself would be a call that counts. */
async function closed(breakers: AmbassadorBreakers): Promise<void> {
  const { items } = await breakers.list();
  const open = items.filter(({ circuit }) => circuit === 'open').map(({ name }) => name);
  if (open.length > 0) throw new Error(`the circuit is open: ${open.join(', ')}`);
}
