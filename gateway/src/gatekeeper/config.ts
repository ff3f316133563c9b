import { baseEnv, commaList, ConfigError, loadConfig } from '@souk/config';
import { z } from 'zod';
import { blockListOf } from '../offloading/client-address.js';
import { origin } from '../public-url.js';

/** Of the gatekeeper in a process of its own: no store, no broker, no provider, no session. Its one secret signs its passes. */
export const gatekeeperEnv = {
  ...baseEnv,
  GATEWAY_URL: z.url({ protocol: /^https?$/ }).describe('the base URL of the gateway behind, e.g. http://gateway:8080'),
  GATEKEEPER_KEY_FILE: z
    .string()
    .describe('the file with the private ES256 JWK, or the set of them, that signs passes, followed'),
  PUBLIC_URL: origin.describe('the address of the shop in a browser, e.g. http://localhost:8080'),
  TLS_CERT_FILE: z
    .string()
    .optional()
    .describe('the PEM file with the certificate of the shop and its chain, followed; unset means plain HTTP'),
  TLS_KEY_FILE: z.string().optional().describe('the PEM file with the private key of TLS_CERT_FILE, followed'),
  TRUSTED_PROXIES: commaList
    .refine(areRanges, 'holds what is no address and no CIDR range')
    .default([])
    .describe('addresses or CIDR ranges of proxies whose X-Forwarded headers are believed, e.g. 10.0.0.0/8'),
  PASSED_HEADERS: commaList
    .pipe(z.array(z.string().regex(/^[a-z0-9-]+$/)))
    .default([])
    .describe('further request headers that go in, in lower case: those by which routes are chosen'),
};
export type GatekeeperConfig = Readonly<z.infer<z.ZodObject<typeof gatekeeperEnv>>>;

/** @throws ConfigError */
export function readConfig(env: Record<string, string | undefined> = process.env): GatekeeperConfig {
  const config = loadConfig(gatekeeperEnv, env);
  if ((config.TLS_CERT_FILE === undefined) === (config.TLS_KEY_FILE === undefined)) return config;
  const variable = config.TLS_CERT_FILE === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE';
  throw new ConfigError([{ variable, message: 'must be given: a certificate and its key belong together' }]);
}

function areRanges(ranges: readonly string[]): boolean {
  try {
    blockListOf(ranges);
    return true;
  } catch {
    return false;
  }
}
