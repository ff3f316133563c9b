import { z } from 'zod';
import { isVariant, VARIANTS } from './variants.js';

/** `a,b , c` → ['a', 'b', 'c']; blanks are dropped. */
export const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const port = z.coerce.number().int().min(0).max(65_535);

/** What every process of the shop understands. A description is what `ConfigError` shows as the way to fix it. */
export const baseEnv = {
  SOUK_MODE: z.enum(['development', 'production']).default('development'),
  HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  HTTP_PORT: port.describe('the port of the API, e.g. 8101'),
  MANAGEMENT_PORT: port.describe('the port of health checks, e.g. 9101'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  SOUK_VARIANTS: commaList
    .refine((names) => names.every(isVariant), {
      error: ({ input }) =>
        `there is no variant ${(input as string[]).filter((name) => !isVariant(name)).join(', ')}; there is ${Object.keys(VARIANTS).join(', ')}`,
    })
    .default([]),
  SOUK_FAILPOINTS: z.string().default(''),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe('the base URL of an OTLP/HTTP receiver, e.g. http://127.0.0.1:4318; unset means no tracing'),
  TRACES_PER_SECOND: z
    .string()
    .regex(/^(all|\d+(\.\d+)?)$/, 'expected a number of 0 or more, or all')
    .transform((text) => (text === 'all' ? Infinity : Number(text)))
    .default(10)
    .describe('how many of the traces that begin in the process are recorded, e.g. 10, or all (docs/tracing.md)'),
  LIVE_SETTINGS_FILE: z.string().optional().describe('the YAML file with the settings that need no restart'),
  LIVE_SETTINGS_INSTANCE: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional()
    .describe('the name of this process among those of its service, for settings of its own; e.g. that of its pod'),
  HEALTH_KEYS_FILE: z
    .string()
    .optional()
    .describe('the file with the keys of the deep health check, one a line, followed; without it no key opens it'),
};
export type BaseConfig = Readonly<z.infer<z.ZodObject<typeof baseEnv>>>;

export const kafkaEnv = {
  KAFKA_BROKERS: commaList
    .refine((brokers) => brokers.length > 0, 'expected at least one host:port')
    .describe('a comma separated list of brokers, e.g. 127.0.0.1:19092'),
  SOUK_KAFKA_DRIVER: z
    .enum(['kafkajs', 'platformatic'])
    .default('kafkajs')
    .describe('the Kafka client; all members of a consumer group must use the same (docs/kafka-drivers.md)'),
};

export const mongoEnv = {
  MONGO_URL: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/[^/]+\/\w+/, 'expected a MongoDB URL with the name of a database')
    .describe('a MongoDB URL with a database, e.g. mongodb://127.0.0.1:19017/souk_catalog'),
};

export const internalAuthEnv = {
  INTERNAL_JWKS_URL: z.url().describe("the gateway's key set, e.g. http://127.0.0.1:9080/jwks.json"),
};
