import { baseEnv, databaseEnv, internalAuthEnv, kafkaEnv, loadConfig } from '@souk/config';

/** The only reader of the environment. */
export const config = loadConfig(
  {
    ...baseEnv,
    ...kafkaEnv,
    ...internalAuthEnv,
    ...databaseEnv,
  },
  process.env,
);
export type InventoryConfig = typeof config;
