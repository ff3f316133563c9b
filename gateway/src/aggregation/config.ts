import { baseEnv, internalAuthEnv, loadConfig, valkeyEnv } from '@souk/config';
import { z } from 'zod';
import { gatewayEnv } from '../config.js';

/** No key, no session, no provider: who calls is told by the token of the gateway in front. */
export const aggregationEnv = {
  ...baseEnv,
  ...internalAuthEnv,
  ...valkeyEnv,
  CATALOG_URL: gatewayEnv.CATALOG_URL,
  INVENTORY_URL: gatewayEnv.INVENTORY_URL,
  ORDER_URL: gatewayEnv.ORDER_URL,
  ORDER_QUERY_URL: gatewayEnv.ORDER_QUERY_URL,
  RECOMMENDATION_URL: gatewayEnv.RECOMMENDATION_URL,
  UPSTREAM_MANAGEMENT_PORT: gatewayEnv.UPSTREAM_MANAGEMENT_PORT,
  ROUTES_FILE: gatewayEnv.ROUTES_FILE,
  KAFKA_BROKERS: gatewayEnv.KAFKA_BROKERS,
  SOUK_KAFKA_DRIVER: gatewayEnv.SOUK_KAFKA_DRIVER,
  PUBLIC_URL: gatewayEnv.PUBLIC_URL,
  API_KEYS_FILE: gatewayEnv.API_KEYS_FILE,
};
export type AggregationConfig = Readonly<z.infer<z.ZodObject<typeof aggregationEnv>>>;

/** @throws ConfigError */
export const readConfig = (env: Record<string, string | undefined> = process.env): AggregationConfig =>
  loadConfig(aggregationEnv, env);
