import { setTimeout as sleep } from 'node:timers/promises';
import { everyReplica, inForce } from '../config/in-force.ts';
import type { InForce, Wanted } from '../config/in-force.ts';
import type { Place } from '../config/place.ts';
import { CliError } from '../errors.ts';
import { secretToChange } from './secret-to-change.ts';

export interface PrivateJwk {
  readonly kid: string;
  readonly [member: string]: unknown;
}

/** The file of whoever signs: the first key signs, all are published. What a rotation has reached stands beside them. */
export interface KeyFile {
  readonly keys: readonly PrivateJwk[];
  readonly rotation?: {
    /** Id of the key that takes over. */
    readonly to: string;
    /** When no token of the old key can be valid any more; ISO 8601. Absent until every replica signs with the new one. */
    readonly retireAt?: string;
  };
}

export type Phase = 'idle' | 'published' | 'promoted' | 'retiring';

/** Who signs, and where its keys are. */
export interface Signer {
  readonly service: string;
  readonly secret: string;
  readonly part: string;
  /** How long its tokens live at least; one that lets this be set tells the longest that it has given out. */
  readonly tokenSeconds: number;
}

/** Internal tokens: services believe the gateway by them. */
export const GATEWAY: Signer = {
  service: 'gateway',
  secret: 'gateway-keys',
  part: 'internal-signing.jwk.json',
  tokenSeconds: 300,
};
/** Access tokens of the identity simulator: the gateway believes people by them. */
export const IDENTITY: Signer = {
  service: 'identity',
  secret: 'identity-keys',
  part: 'identity.jwks.json',
  tokenSeconds: 600,
};
const CONFIG_NAME = 'signing-keys';
const SEEN_WITHIN_MS = 60_000;
/** Whoever checks looks for an unknown key at most once a second, and a look takes at most four: one begun before all published must be over. */
const SETTLE_MS = 6_000;
const CLOCKS_DIFFER_S = 10;

/** One key, as the first start makes it, is a set of one. @throws CliError for anything else */
export function parseKeyFile(text: string, { secret, part }: Signer): KeyFile {
  const content: unknown = JSON.parse(text);
  if (isKey(content)) return { keys: [content] };
  const file = content as Partial<KeyFile> | null;
  const keys = file?.keys;
  if (Array.isArray(keys) && keys.length > 0 && keys.every(isKey)) return { ...file, keys };
  throw new CliError(
    `${secret} holds no signing keys`,
    `${part} is neither a private JWK with an id nor a set of them`,
    'restore it from the last good copy',
  );
}

const isKey = (value: unknown): value is PrivateJwk =>
  typeof value === 'object' && value !== null && 'kid' in value && typeof value.kid === 'string' && 'd' in value;

export function phaseOf({ keys, rotation }: KeyFile): Phase {
  if (rotation === undefined) return 'idle';
  if (rotation.retireAt !== undefined) return 'retiring';
  return keys[0]?.kid === rotation.to ? 'promoted' : 'published';
}

/** The new key is known to all before it signs. */
export function publish({ keys }: KeyFile, next: PrivateJwk): KeyFile {
  return { keys: [...keys, next], rotation: { to: next.kid } };
}

/** The new key signs; what the old one signed is still believed. */
export function promote({ keys, rotation }: KeyFile): KeyFile {
  const to = rotation?.to;
  return {
    keys: [...keys.filter(({ kid }) => kid === to), ...keys.filter(({ kid }) => kid !== to)],
    ...(rotation && { rotation }),
  };
}

export function schedule({ keys, rotation }: KeyFile, retireAt: Date): KeyFile {
  return { keys, rotation: { to: rotation?.to ?? '', retireAt: retireAt.toISOString() } };
}

export function retire({ keys, rotation }: KeyFile): KeyFile {
  return { keys: keys.filter(({ kid }) => kid === rotation?.to) };
}

export interface RotateKeyOptions {
  readonly place: Place;
  readonly signer: Signer;
  readonly newKey: () => Promise<PrivateJwk>;
  /** How long tokens of the old key are honoured after the last replica ceased to sign with it; as long as they live if nothing is said. */
  readonly retireAfterMs?: number;
  /** False ends after the second step; the next call does the third. */
  readonly wait: boolean;
  readonly now: () => number;
  readonly settleMs?: number;
  /** Shows each step while it runs. */
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>;
}

export interface RotateKeyResult {
  readonly phase: Phase;
  readonly signing: string;
  readonly retired: readonly string[];
  /** ISO 8601; set while the old key is still published. */
  readonly retireAt?: string;
}

/** Publishes, promotes and retires; goes on where an earlier call ended, so it may be repeated at any point. */
export async function rotateSigningKey(options: RotateKeyOptions): Promise<RotateKeyResult> {
  const { newKey, retireAfterMs, wait, now, settleMs = SETTLE_MS, step } = options;
  let file = await change(options, async (found) =>
    phaseOf(found) === 'idle' ? publish(found, await newKey()) : found,
  );
  const to = file.rotation?.to ?? '';
  const retired = file.keys.map(({ kid }) => kid).filter((kid) => kid !== to);
  if (phaseOf(file) === 'published') {
    await step('new key published', async () => {
      await all(options, 'the new key', ({ values }) => listOf(values.published).includes(to));
      await sleep(settleMs);
    });
    file = await change(options, async (found) => promote(found));
  }
  if (phaseOf(file) === 'promoted') {
    await step('new key signs', () => all(options, 'the new key to sign with', ({ values }) => values.signing === to));
    const honouredMs = retireAfterMs ?? (await longestLifeMs(options));
    file = await change(options, async (found) => schedule(found, new Date(now() + honouredMs)));
  }
  // Whoever says how long may shorten what was settled; what tokens live by now says nothing of those that are around.
  const retireAt = Math.min(Date.parse(file.rotation?.retireAt ?? ''), now() + (retireAfterMs ?? Infinity));
  if (!wait && retireAt > now())
    return { phase: 'retiring', signing: to, retired: [], retireAt: new Date(retireAt).toISOString() };
  await step('tokens of the old key have expired', () => sleep(Math.max(0, retireAt - now())));
  await change(options, async (found) => retire(found));
  await step('old key retired', () =>
    all(options, 'the new key alone', ({ values }) => listOf(values.published).join() === to),
  );
  return { phase: 'idle', signing: to, retired };
}

async function longestLifeMs({ place, signer }: Where): Promise<number> {
  const told = (await inForce(place, signer.service, CONFIG_NAME)).map(({ values }) =>
    Number(values.tokenSeconds ?? 0),
  );
  return (Math.max(signer.tokenSeconds, ...told) + CLOCKS_DIFFER_S) * 1_000;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

type Where = Pick<RotateKeyOptions, 'place' | 'signer'>;

async function all({ place, signer }: Where, what: string, is: (state: InForce) => boolean): Promise<void> {
  const wanted: Wanted = { service: signer.service, name: CONFIG_NAME, is, what, withinMs: SEEN_WITHIN_MS };
  await everyReplica(place, wanted);
}

/** Reads, changes and writes the file; a call that changes nothing writes nothing. */
async function change({ place, signer }: Where, next: (found: KeyFile) => Promise<KeyFile>): Promise<KeyFile> {
  const { service, secret, part } = signer;
  const { parts, version } = await secretToChange(place, secret);
  const found = parseKeyFile(parts[part] ?? 'null', signer);
  const wanted = await next(found);
  if (wanted === found) return found;
  await place.writeSecret(secret, version, { [part]: JSON.stringify(wanted) });
  await place.refresh(service);
  return wanted;
}
