import { baseEnv, databaseEnv, internalAuthEnv, kafkaEnv, loadConfig, mongoEnv } from '@souk/config';

export const config = loadConfig(
  { ...baseEnv, ...kafkaEnv, ...internalAuthEnv, ...databaseEnv, ...mongoEnv },
  process.env,
);

export type OrderQueryConfig = typeof config;
