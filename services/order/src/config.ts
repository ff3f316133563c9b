import { baseEnv, databaseEnv, databasePoolEnv, internalAuthEnv, kafkaEnv, loadConfig } from '@souk/config';
import { serviceUrl } from '@souk/contracts';
import { z } from 'zod';

const MINUTE = 60_000;

export const config = loadConfig(
  {
    ...baseEnv,
    ...kafkaEnv,
    ...internalAuthEnv,
    ...databaseEnv,
    ...databasePoolEnv({ requests: 4, background: 6 }),
    PAYMENT_URL: serviceUrl.describe('the port of the ambassador for payment, e.g. http://127.0.0.1:8120'),
    AMBASSADOR_URL: serviceUrl
      .optional()
      .describe(
        'the management port of the ambassador, e.g. http://127.0.0.1:9120; unset: nobody sees its circuits here',
      ),
    RESERVATION_TTL_MS: z.coerce
      .number()
      .int()
      .min(60_000, 'must be at least a minute: the commit is only sent with 30 s left')
      .default(15 * MINUTE),
    SAGA_ELECTION: z
      .enum(['sql', 'kubernetes'])
      .default('sql')
      .describe('where the lease of the saga supervisor lives: a row of the database, or a Lease of Kubernetes'),
    KUBERNETES_SERVICE_HOST: z.string().default('kubernetes.default.svc').describe('set by Kubernetes'),
    KUBERNETES_SERVICE_PORT: z.coerce.number().int().default(443).describe('set by Kubernetes'),
    KUBERNETES_CREDENTIALS: z
      .string()
      .default('/var/run/secrets/kubernetes.io/serviceaccount')
      .describe('directory with ca.crt, token and namespace of the service account'),
  },
  process.env,
);

export type OrderConfig = typeof config;
