import { baseEnv, commaList, loadConfig } from '@souk/config';
import { z } from 'zod';

export const identityEnv = {
  ...baseEnv,
  SOUK_MODE: z.enum(['development'], 'the identity simulator never runs in production mode').default('development'),
  IDENTITY_ISSUER: z.url().describe('the issuer, as browsers reach it, e.g. http://localhost:8111'),
  IDENTITY_KEYS_FILE: z.string().describe('the file with the private key set that signs tokens; its first key signs'),
  IDENTITY_CLIENT_SECRET_FILE: z.string().describe('the file with the secret of the client souk-gateway'),
  IDENTITY_REDIRECT_URIS: commaList.describe('where the gateway takes codes, e.g. http://localhost:8080/auth/callback'),
  IDENTITY_POST_LOGOUT_URIS: commaList.describe('where browsers return after signing out, e.g. http://localhost:8080/'),
};
export type IdentityConfig = Readonly<z.infer<z.ZodObject<typeof identityEnv>>>;

export const readConfig = (): IdentityConfig => loadConfig(identityEnv, process.env);
