import { readFileSync } from 'node:fs';
import { baseEnv, commaList, ConfigError, kafkaEnv, loadConfig, valkeyEnv } from '@souk/config';
import { PUBLIC_AUDIENCE, serviceUrl } from '@souk/contracts';
import { z } from 'zod';
import { checkPair, doorEnv } from './door-env.js';
import { type Issuer, onlyIssuer, parseIssuers } from './identity/issuers.js';
import { EVERYBODY } from './offloading/client-address.js';
import { origin } from './public-url.js';

/** One address or several with commas: instances of the same service. */
const instances = commaList.pipe(z.array(serviceUrl).min(1));
const BROWSERS_AND_TOKENS = ['PUBLIC_URL', 'OIDC_ISSUER', 'OIDC_URL'] as const;

export const gatewayEnv = {
  ...baseEnv,
  CATALOG_URL: instances.describe('the base URL of catalog, or several with commas, e.g. http://127.0.0.1:8101'),
  INVENTORY_URL: instances.describe('the base URL of inventory, or several with commas, e.g. http://127.0.0.1:8102'),
  ORDER_URL: instances.describe('the base URL of order, or several with commas, e.g. http://127.0.0.1:8103'),
  ORDER_QUERY_URL: instances.describe(
    'the base URL of order-query, or several with commas, e.g. http://127.0.0.1:8104',
  ),
  KAFKA_BROKERS: kafkaEnv.KAFKA_BROKERS.optional().describe(
    'a comma separated list of brokers, e.g. 127.0.0.1:19092; unset means that no activity is published',
  ),
  SOUK_KAFKA_DRIVER: kafkaEnv.SOUK_KAFKA_DRIVER,
  RECOMMENDATION_URL: instances.describe(
    'the base URL of recommendation, or several with commas, e.g. http://127.0.0.1:8105',
  ),
  UPSTREAM_MANAGEMENT_PORT: z
    .string()
    .regex(/^\+?\d{1,5}$/, 'expected a port, or + and what is added to that of a service')
    .optional()
    .describe('where services say whether they are ready, e.g. 9090, or +1000; unset means that nobody asks them'),
  AGGREGATION_URL: instances
    .optional()
    .describe('the base URL of a deployment that puts pages and batches together; unset means that this process does'),
  PUBLIC_URL: origin.describe('the address of the shop in a browser, e.g. http://localhost:8080'),
  OIDC_ISSUER: z.url().describe('the issuer of access tokens, as browsers reach it, e.g. http://localhost:8111'),
  OIDC_URL: z
    .url()
    .optional()
    .describe('the address of the issuer from here, where that is another, e.g. http://identity:8080'),
  OIDC_CLIENT_ID: z.string().min(1).default('souk-gateway').describe('the name of the gateway at the provider'),
  OIDC_CLIENT_SECRET_FILE: z.string().describe('the file with the secret of the gateway at the provider'),
  ISSUERS_FILE: z
    .string()
    .optional()
    .describe(
      'the YAML file with the identity providers that are believed (docs/identity.md); unset means OIDC_ISSUER alone',
    ),
  SESSION_KEY_FILE: z
    .string()
    .describe('the file with the keys that seal sessions (32 bytes in base64url, one a line)'),
  INTERNAL_SIGNING_KEY_FILE: z
    .string()
    .describe('the file with the private ES256 JWK, or the set of them, that signs internal tokens'),
  GATEKEEPER_JWKS_URL: z
    .url()
    .optional()
    .describe(
      'the key set of the gatekeeper in front, e.g. http://127.0.0.1:9090/jwks.json; with it nobody else may call',
    ),
  ...valkeyEnv,
  API_KEYS_FILE: z
    .string()
    .optional()
    .describe('the file with the API keys of partners, followed (docs/patterns/throttling.md)'),
  ...doorEnv,
  ROUTES_FILE: z
    .string()
    .optional()
    .describe('the YAML file with the route table, followed; unset or not there means the packaged one'),
};
export type GatewayConfig = Readonly<z.infer<z.ZodObject<typeof gatewayEnv>>> & {
  /** Who is believed about who somebody is. */
  readonly issuers: readonly Issuer[];
};

/** @throws ConfigError also when sign-in would go over plain HTTP in production mode, or ID tokens would pass for access tokens */
export function readConfig(env: Record<string, string | undefined> = process.env): GatewayConfig {
  const config = loadConfig(gatewayEnv, env);
  const plain = BROWSERS_AND_TOKENS.filter((name) => config[name]?.startsWith('http:'));
  if (config.SOUK_MODE === 'production' && plain.length > 0) {
    const message = 'must be an https address in production mode: codes, tokens and session cookies travel there';
    throw new ConfigError(plain.map((name) => ({ variable: name, message })));
  }
  checkPair(config);
  return { ...config, TRUSTED_PROXIES: trustedBy(config), issuers: issuersOf(config, env) };
}

/** The gatekeeper is believed about its callers' addresses: nobody else can call. @throws ConfigError when somebody else is named as well */
function trustedBy(config: z.infer<z.ZodObject<typeof gatewayEnv>>): string[] {
  if (config.GATEKEEPER_JWKS_URL === undefined) return config.TRUSTED_PROXIES;
  if (config.TRUSTED_PROXIES.length === 0) return EVERYBODY;
  const message =
    'must be empty with GATEKEEPER_JWKS_URL: nobody but the gatekeeper can call, and where a list leaves it out all visitors share its ' +
    'address and one limit; unset it, and give the proxies in front of the gatekeeper to its own TRUSTED_PROXIES';
  throw new ConfigError([{ variable: 'TRUSTED_PROXIES', message }]);
}

function issuersOf(
  config: z.infer<z.ZodObject<typeof gatewayEnv>>,
  env: Record<string, string | undefined>,
): readonly Issuer[] {
  const { ISSUERS_FILE: file, OIDC_URL: reachedAt, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET_FILE } = config;
  const variable = file === undefined ? 'OIDC_CLIENT_ID' : 'ISSUERS_FILE';
  const refuse = (message: string): never => {
    throw new ConfigError([{ variable, message }]);
  };
  const clientSecretFile = OIDC_CLIENT_SECRET_FILE;
  const alone = { issuer: config.OIDC_ISSUER, clientId, clientSecretFile, ...(reachedAt && { reachedAt }) };
  const issuers = file === undefined ? [onlyIssuer(alone)] : readIssuers(file, env, refuse);
  for (const one of issuers) {
    if (one.clientId === PUBLIC_AUDIENCE)
      refuse(`must not be ${PUBLIC_AUDIENCE}, the audience of access tokens: ID tokens would pass for them`);
    if (one.shop !== undefined && new URL(one.shop).protocol !== new URL(config.PUBLIC_URL).protocol)
      refuse(`gives ${one.name} a shop by another protocol than PUBLIC_URL has: cookies are for one of them`);
    if (one.shop !== undefined && new URL(one.shop).hostname === new URL(config.PUBLIC_URL).hostname)
      refuse(
        `gives ${one.name} a shop at the host of PUBLIC_URL, to all ports of which browsers send the same cookies`,
      );
    const isPlain = [one.issuer, one.reachedAt].some((url) => url?.startsWith('http:'));
    if (file !== undefined && config.SOUK_MODE === 'production' && isPlain)
      refuse(`names ${one.name} by an address that is not https, in production mode`);
  }
  return issuers;
}

function readIssuers(
  file: string,
  env: Record<string, string | undefined>,
  refuse: (message: string) => never,
): Issuer[] {
  try {
    return parseIssuers(readFileSync(file, 'utf8'), env);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
