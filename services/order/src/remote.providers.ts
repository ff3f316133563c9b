import type { Provider } from '@nestjs/common';
import { createHttpClient } from '@souk/http';
import { Metrics } from '@souk/observability';
import { exposeMetrics, logEvents } from '@souk/resilience';
import { AppLogger } from '@souk/service-kit';
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
    useFactory: () =>
      new AmbassadorBreakers(
        baseUrl === undefined ? undefined : createHttpClient({ name: 'ambassador', baseUrl, connections: 2 }),
      ),
  },
];
