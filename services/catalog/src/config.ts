import { baseEnv, internalAuthEnv, kafkaEnv, loadConfig, mongoEnv } from '@souk/config';

export const config = loadConfig({ ...baseEnv, ...kafkaEnv, ...internalAuthEnv, ...mongoEnv }, process.env);

export type CatalogConfig = typeof config;
