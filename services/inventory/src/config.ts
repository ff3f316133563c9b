import { baseEnv, internalAuthEnv, kafkaEnv, loadConfig } from '@souk/config';
import { z } from 'zod';

/** The only reader of the environment. */
export const config = loadConfig(
  {
    ...baseEnv,
    ...kafkaEnv,
    ...internalAuthEnv,
    DATABASE_URL: z
      .url()
      .describe(
        'the database as role inventory_app, e.g. postgres://inventory_app:secret@127.0.0.1:19432/souk_inventory',
      ),
  },
  process.env,
);
export type InventoryConfig = typeof config;
