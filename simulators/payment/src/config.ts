import { baseEnv, databaseEnv, loadConfig } from '@souk/config';
import { z } from 'zod';

const percent = z.coerce.number().min(0).max(100).default(0);

export const paymentEnv = {
  ...baseEnv,
  SOUK_MODE: z.enum(['development'], 'the payment simulator never runs in production mode').default('development'),
  ...databaseEnv,
  PAYMENT_DECLINE_PERCENT: percent,
  PAYMENT_LATENCY_MS: z.coerce.number().int().min(0).max(60_000).default(0),
  PAYMENT_ERROR_PERCENT: percent,
};
export type PaymentConfig = Readonly<z.infer<z.ZodObject<typeof paymentEnv>>>;

export const readConfig = (): PaymentConfig => loadConfig(paymentEnv, process.env);
