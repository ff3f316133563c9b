import { baseEnv, internalAuthEnv, kafkaEnv, loadConfig } from '@souk/config';
import { z } from 'zod';

export const config = loadConfig(
  {
    ...baseEnv,
    ...kafkaEnv,
    ...internalAuthEnv,
    MONGO_URL: z
      .string()
      .regex(/^mongodb(\+srv)?:\/\/[^/]+\/\w+/, 'expected a MongoDB URL with the name of a database')
      .describe('a MongoDB URL with a database, e.g. mongodb://127.0.0.1:19017/souk_catalog'),
  },
  process.env,
);

export type CatalogConfig = typeof config;
