import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Watched, WatchedFile } from '@souk/config';
import type { IdentitySettings } from '@souk/contracts';
import type { Logger } from '@souk/observability';
import type { IdentityConfig } from './config.js';
import { Counts } from './counts.js';
import { Directory } from './oidc/directory.js';
import { corporate, type Kind, social } from './oidc/kinds.js';
import { Knobs } from './http/knobs.js';
import { createIdentityServer, type ServerParts } from './http/server.js';
import { followKeys, type KeyFile, shownKeys } from './keys/key-file.js';
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

interface Surroundings extends Required<IdentityOverrides> {
  readonly config: IdentityConfig;
  readonly settings: Watched<IdentitySettings>;
  /** The longest life of a token that may be around, as far as this process knows. */
  readonly longest: { readonly seconds: number };
  readonly logger: Logger;
  readonly counts: Counts;
}

/** One provider: its people, keys and knobs. */
interface Realm {
  readonly parts: ServerParts;
  readonly keys: Watched<KeyFile>;
  readonly rotation: KeyRotation;
}

/** The composition root: the providers without a port. */
export function createIdentity(
  config: IdentityConfig,
  { settings, logger }: { settings: Watched<IdentitySettings>; logger: Logger },
  { now = Date.now, random = Math.random }: IdentityOverrides = {},
): Identity {
  const counts = new Counts();
  const longest = { seconds: settings.value.tokenSeconds };
  settings.onChange(({ tokenSeconds: next }) => (longest.seconds = Math.max(longest.seconds, next)));
  const around = { config, settings, longest, logger, counts, now, random };
  const first = realm(social, config.IDENTITY_ISSUER, config.IDENTITY_KEYS_FILE, around);
  const { IDENTITY_CORPORATE_ISSUER: issuer, IDENTITY_CORPORATE_KEYS_FILE: file } = config;
  const others = issuer === undefined || file === undefined ? [] : [realm(corporate, issuer, file, around)];
  const realms = [first, ...others];
  const server = createIdentityServer([first.parts, ...others.map(({ parts }) => parts)]);
  const watched: readonly Watched<unknown>[] = [settings, ...realms.map(({ keys }) => keys)];
  for (const one of watched) one.start(logger);
  for (const { rotation } of realms) rotation.start();
  const told = ({ keys }: Realm): object => ({
    ...keys.status(),
    values: { ...shownKeys(keys.value), tokenSeconds: longest.seconds },
  });
  return {
    server,
    counts,
    followed: () => ({
      settings: { ...settings.status(), values: settings.value },
      'signing-keys': told(first),
      ...(others[0] && { 'corporate-signing-keys': told(others[0]) }),
    }),
    stop: () => {
      for (const { rotation } of realms) rotation.stop();
      for (const one of watched) one.stop();
    },
  };
}

function realm(kind: Kind, issuer: string, file: string, around: Surroundings): Realm {
  const { config, settings, logger, counts, now, random } = around;
  const [knobs, people, keys] = [new Knobs(), new Directory(kind), followKeys(file)];
  const tokenSeconds = (): number => settings.value.tokenSeconds;
  const rotation = rotationOf(keys, file, around);
  const current = new CurrentProvider({
    issuer,
    clientSecret: readFileSync(config.IDENTITY_CLIENT_SECRET_FILE, 'utf8').trim(),
    redirectUris: config.IDENTITY_REDIRECT_URIS,
    postLogoutUris: config.IDENTITY_POST_LOGOUT_URIS,
    otherRedirectUris: config.IDENTITY_OTHER_REDIRECT_URIS,
    // Of this process: the sessions that cookies name are gone with it, too.
    cookieKeys: [randomBytes(32).toString('base64url')],
    store: new Store(now),
    people,
    tokenSeconds,
    autoApprove: () => knobs.value.autoApprove,
    isOpaque: () => knobs.value.opaque,
    keys,
    counts,
    logger,
  });
  const formTargets = [
    ...config.IDENTITY_REDIRECT_URIS,
    ...config.IDENTITY_POST_LOGOUT_URIS,
    ...config.IDENTITY_OTHER_REDIRECT_URIS,
  ];
  const url = new URL(issuer);
  const base = url.pathname.replace(/\/$/, '');
  return {
    parts: { issuer: url, base, current, formTargets, random, knobs, people, rotation, counts, logger },
    keys,
    rotation,
  };
}

function rotationOf(
  keys: WatchedFile<KeyFile>,
  file: string,
  { config, settings, longest, now, logger }: Surroundings,
): KeyRotation {
  return new KeyRotation({
    file,
    keys,
    newKey,
    begun: config.SOUK_VARIANTS.includes('identity-key-swap') ? swapped : begun,
    overlapSeconds: () => settings.value.keyOverlapSeconds,
    tokenSeconds: () => longest.seconds,
    now,
    logger,
  });
}
