import { baseEnv, internalAuthEnv, kafkaEnv, loadConfig, mongoEnv, valkeyEnv } from '@souk/config';

export const config = loadConfig(
  { ...baseEnv, ...kafkaEnv, ...internalAuthEnv, ...mongoEnv, ...valkeyEnv },
  process.env,
);

export type CatalogConfig = typeof config;
