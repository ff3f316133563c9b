import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Watched } from '@souk/config';
import type { IdentitySettings } from '@souk/contracts';
import type { Logger } from '@souk/observability';
import type { IdentityConfig } from './config.js';
import { Counts } from './counts.js';
import { Users } from './domain/users.js';
import { Knobs } from './http/knobs.js';
import { createIdentityServer } from './http/server.js';
import { followKeys, shownKeys } from './keys/key-file.js';
import { KeyRotation } from './keys/key-rotation.js';
import { newKey } from './keys/new-key.js';
import { swapped } from './keys/rotation-steps.naive.js';
import { begun } from './keys/rotation-steps.js';
import { CurrentProvider } from './oidc/current-provider.js';
import { Store } from './oidc/store.js';

export interface IdentityOverrides {
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** 0 ≤ x < 1; decides about errors. */
  readonly random?: () => number;
}

export interface Identity {
  readonly server: Server;
  readonly counts: Counts;
  followed(): Record<string, unknown>;
  stop(): void;
}

/** The composition root: the provider without a port. */
export function createIdentity(
  config: IdentityConfig,
  { settings, logger }: { settings: Watched<IdentitySettings>; logger: Logger },
  { now = Date.now, random = Math.random }: IdentityOverrides = {},
): Identity {
  const [knobs, users, counts] = [new Knobs(), new Users(), new Counts()];
  const keys = followKeys(config.IDENTITY_KEYS_FILE);
  const tokenSeconds = (): number => settings.value.tokenSeconds;
  let longestSeconds = tokenSeconds();
  settings.onChange(({ tokenSeconds: next }) => (longestSeconds = Math.max(longestSeconds, next)));
  const rotation = new KeyRotation({
    file: config.IDENTITY_KEYS_FILE,
    keys,
    newKey,
    begun: config.SOUK_VARIANTS.includes('identity-key-swap') ? swapped : begun,
    overlapSeconds: () => settings.value.keyOverlapSeconds,
    tokenSeconds: () => longestSeconds,
    now,
    logger,
  });
  const current = new CurrentProvider({
    issuer: config.IDENTITY_ISSUER,
    clientSecret: readFileSync(config.IDENTITY_CLIENT_SECRET_FILE, 'utf8').trim(),
    redirectUris: config.IDENTITY_REDIRECT_URIS,
    postLogoutUris: config.IDENTITY_POST_LOGOUT_URIS,
    // Of this process: the sessions that cookies name are gone with it, too.
    cookieKeys: [randomBytes(32).toString('base64url')],
    store: new Store(now),
    users,
    tokenSeconds,
    autoApprove: () => knobs.value.autoApprove,
    keys,
    counts,
    logger,
  });
  const formTargets = [...config.IDENTITY_REDIRECT_URIS, ...config.IDENTITY_POST_LOGOUT_URIS];
  const issuer = new URL(config.IDENTITY_ISSUER);
  const server = createIdentityServer({ issuer, current, formTargets, random, knobs, users, rotation, counts, logger });
  const watched: readonly Watched<unknown>[] = [settings, keys];
  for (const one of watched) one.start(logger);
  rotation.start();
  return {
    server,
    counts,
    followed: () => ({
      settings: { ...settings.status(), values: settings.value },
      'signing-keys': { ...keys.status(), values: shownKeys(keys.value) },
    }),
    stop: () => {
      rotation.stop();
      for (const one of watched) one.stop();
    },
  };
}
