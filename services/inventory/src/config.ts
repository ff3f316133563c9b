import { baseEnv, databaseEnv, databasePoolEnv, internalAuthEnv, kafkaEnv, loadConfig } from '@souk/config';

/** The only reader of the environment. */
export const config = loadConfig(
  {
    ...baseEnv,
    ...kafkaEnv,
    ...internalAuthEnv,
    ...databaseEnv,
    ...databasePoolEnv({ requests: 3, background: 3 }),
  },
  process.env,
);
export type InventoryConfig = typeof config;
