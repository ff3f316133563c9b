import { baseEnv, commaList, loadConfig } from '@souk/config';
import { serviceUrl } from '@souk/contracts';
import { z } from 'zod';
import { checkPair, doorEnv } from '../door-env.js';
import { origin } from '../public-url.js';

/** Of the gatekeeper in a process of its own: no store, no broker, no provider, no session. Its one secret signs its passes. */
export const gatekeeperEnv = {
  ...baseEnv,
  GATEWAY_URL: serviceUrl.describe('the base URL of the gateway behind, e.g. http://gateway:8080'),
  GATEKEEPER_KEY_FILE: z
    .string()
    .describe('the file with the private ES256 JWK, or the set of them, that signs passes, followed'),
  PUBLIC_URL: origin.describe('the address of the shop in a browser, e.g. http://localhost:8080'),
  ...doorEnv,
  PASSED_HEADERS: commaList
    .pipe(z.array(z.string().regex(/^[a-z0-9-]+$/)))
    .default([])
    .describe('further request headers that go in, in lower case: those by which routes are chosen'),
};
export type GatekeeperConfig = Readonly<z.infer<z.ZodObject<typeof gatekeeperEnv>>>;

/** @throws ConfigError */
export function readConfig(env: Record<string, string | undefined> = process.env): GatekeeperConfig {
  const config = loadConfig(gatekeeperEnv, env);
  checkPair(config);
  return config;
}
