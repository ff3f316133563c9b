import { baseEnv, ConfigError, loadConfig } from '@souk/config';
import { z } from 'zod';

export const gatewayEnv = {
  ...baseEnv,
  CATALOG_URL: z.url().describe('the base URL of catalog, e.g. http://127.0.0.1:8101'),
  INVENTORY_URL: z.url().describe('the base URL of inventory, e.g. http://127.0.0.1:8102'),
  ORDER_URL: z.url().describe('the base URL of order, e.g. http://127.0.0.1:8103'),
  DEV_ISSUER_JWKS_FILE: z.string().optional().describe('the file with the public keys of the development issuer'),
  INTERNAL_SIGNING_KEY_FILE: z
    .string()
    .describe('the file with the private ES256 JWK, or the set of them, that signs internal tokens'),
};
export type GatewayConfig = Readonly<z.infer<z.ZodObject<typeof gatewayEnv>>>;

/** @throws ConfigError also when the development issuer, which signs for anybody, is configured in production mode */
export function readConfig(env: Record<string, string | undefined> = process.env): GatewayConfig {
  const config = loadConfig(gatewayEnv, env);
  const variable = 'DEV_ISSUER_JWKS_FILE';
  if (config.SOUK_MODE === 'production' && config[variable] !== undefined) {
    throw new ConfigError([{ variable, message: 'the development issuer is refused in production mode; unset it' }]);
  }
  if (config.SOUK_MODE === 'development' && config[variable] === undefined) {
    throw new ConfigError([
      { variable, message: 'is missing; set it to the file with the public keys of the development issuer' },
    ]);
  }
  return config;
}
