import { z } from 'zod';

export const PUBLIC_AUDIENCE = 'souk-api';
export const INTERNAL_AUDIENCE = 'souk-internal';
export const INTERNAL_ISSUER = 'https://gateway.souk.local';

export const role = z.enum(['customer', 'admin']);
export type Role = z.infer<typeof role>;

/** Claims of both the public access token and the internal token, beyond iss, aud, iat and exp. */
export const identityClaims = z.object({
  sub: z.string().min(1).max(100),
  roles: z.array(role).default([]),
});
export type IdentityClaims = z.infer<typeof identityClaims>;
