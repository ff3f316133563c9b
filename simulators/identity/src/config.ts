import { baseEnv, commaList, ConfigError, loadConfig } from '@souk/config';
import { z } from 'zod';

export const identityEnv = {
  ...baseEnv,
  SOUK_MODE: z.enum(['development'], 'the identity simulator never runs in production mode').default('development'),
  IDENTITY_ISSUER: z.url().describe('the issuer, as browsers reach it, e.g. http://localhost:8111'),
  IDENTITY_KEYS_FILE: z.string().describe('the file with the private key set that signs tokens; its first key signs'),
  IDENTITY_CLIENT_SECRET_FILE: z.string().describe('the file with the secret of the client souk-gateway'),
  IDENTITY_CORPORATE_ISSUER: z
    .url()
    .optional()
    .describe('the issuer of a second, corporate provider: a path of this port, e.g. http://localhost:8111/corporate'),
  IDENTITY_CORPORATE_KEYS_FILE: z.string().optional().describe('the file with the private key set of that provider'),
  IDENTITY_OTHER_REDIRECT_URIS: commaList
    .default([])
    .describe('where a second application (souk-back-office) takes codes; unset means that there is none'),
  IDENTITY_REDIRECT_URIS: commaList.describe('where the gateway takes codes, e.g. http://localhost:8080/auth/callback'),
  IDENTITY_POST_LOGOUT_URIS: commaList.describe('where browsers return after signing out, e.g. http://localhost:8080/'),
};
export type IdentityConfig = Readonly<z.infer<z.ZodObject<typeof identityEnv>>>;

/** @throws ConfigError also for half a second provider, or one that is not below a path of the first one's port */
export function readConfig(env: Record<string, string | undefined> = process.env): IdentityConfig {
  const config = loadConfig(identityEnv, env);
  const { IDENTITY_ISSUER: first, IDENTITY_CORPORATE_ISSUER: second, IDENTITY_CORPORATE_KEYS_FILE: keys } = config;
  const refuse = (variable: string, message: string): never => {
    throw new ConfigError([{ variable, message }]);
  };
  if (second === undefined) return config;
  if (keys === undefined)
    refuse('IDENTITY_CORPORATE_KEYS_FILE', 'must be given: a second provider has keys of its own');
  const { origin, pathname } = new URL(second);
  if (origin !== new URL(first).origin || pathname === '/')
    refuse('IDENTITY_CORPORATE_ISSUER', 'must be a path below IDENTITY_ISSUER: one port serves both');
  return config;
}
