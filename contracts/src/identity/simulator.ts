import { z } from 'zod';
import { role } from './claims.js';

/** Name of a person at the identity simulator: it stands in tokens, logs and URLs. */
export const userName = z.string().regex(/^[a-z0-9-]{1,40}$/, '1 to 40 of a-z, 0-9 and -');

/** GET and PUT /knobs of the simulator: how the provider misbehaves. */
export const identityKnobs = z.strictObject({
  latencyMs: z.int().min(0).max(60_000).default(0),
  errorPercent: z.number().min(0).max(100).default(0),
  autoApprove: z.boolean().default(true).describe('a device request with a login_hint needs no person'),
  opaque: z.boolean().default(false).describe('tokens tell nothing of a person but an id'),
});
export type IdentityKnobs = z.infer<typeof identityKnobs>;

/** PUT /knobs/users/:name of the simulator: adds a user, brings a removed one back, or changes roles from the next token on. */
export const identityUser = z.strictObject({ roles: z.array(role).min(1).max(2) });
export type IdentityUser = z.infer<typeof identityUser>;
