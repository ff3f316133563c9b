import type { Check } from './support/check.ts';
import { findings } from './support/check.ts';
import { BEHIND, type Behind, type Door } from './support/door.ts';
import { type Attack, jwtAttacks, type Side } from './jwt-attacks.ts';
import { send } from './support/send.ts';
import { bearer, type Tokens } from './support/tokens.ts';

export const outside = (tokens: Tokens): Side => ({
  sign: (wish) => tokens.public(wish as Parameters<Tokens['public']>[0]),
  published: tokens.publicKeys.outside,
  foreign: () => tokens.internal('alice'),
  otherIssuers: [`${tokens.issuer}/corporate`, `${tokens.issuer}/`],
});

export const inside = (tokens: Tokens): Side => ({
  sign: (wish) => tokens.internal('alice', ['customer'], wish as Parameters<Tokens['public']>[0]),
  published: tokens.publicKeys.inside,
  foreign: () => tokens.user('alice'),
  otherIssuers: [tokens.issuer],
});

/** What a service answers to whoever is signed in, or to everybody who has a token. */
export const ASKED: Readonly<Record<Behind, string>> = {
  catalog: '/products?pageSize=1',
  inventory: '/stock/NOTHING',
  order: '/cart',
  'order-query': '/orders',
  recommendation: '/recommendations',
};

/** Refused by the parser before anybody reads it: more than the headers may have. */
const TOO_LARGE = 431;
/** Bytes, less what other headers take. */
const HEADERS_HAVE = 15_000;

/** A line where the answer is anything but the refusal of a bad token. */
export async function judged({ name, token }: Attack, ask: (token: string) => Promise<{ status: number }>) {
  const sent = await token();
  // Whoever sends more than headers may have can be cut off before the answer is read.
  const { status } = await ask(sent).catch((error: unknown) => {
    if (sent.length <= HEADERS_HAVE) throw error;
    return { status: TOO_LARGE };
  });
  const isFine = status === 401 || (status === TOO_LARGE && sent.length > HEADERS_HAVE);
  return isFine ? undefined : `${name}: ${status}`;
}

/** At the gateway: refused, and nothing of it goes on. */
export function atGateway({ url, echo }: Door, attacks: readonly Attack[]): Promise<string[]> {
  return findings(attacks, async (attack) => {
    const before = echo.arrivals.length;
    const line = await judged(attack, (token) => send(url, '/api/cart', { headers: bearer(token) }));
    const through = echo.arrivals.length - before;
    return through > 0 ? `${attack.name}: got through to a service` : line;
  });
}

/** At every service, past the gateway. */
export function atServices({ services }: Door, attacks: readonly Attack[]): Promise<string[]> {
  const cases = BEHIND.flatMap((name) => attacks.map((attack) => ({ name, attack })));
  return findings(cases, async ({ name, attack }) => {
    const line = await judged(attack, (token) => send(services[name], ASKED[name], { headers: bearer(token) }));
    return line && `${name}: ${line}`;
  });
}

const lies = (name: string, kind: Attack['kind']): Check => ({
  name,
  behind: 'echo',
  look: (door) =>
    atGateway(
      door,
      jwtAttacks(outside(door.tokens)).filter((attack) => attack.kind === kind),
    ),
});

export const wrongAudience = lies('JWT, claims: audience (FED-3)', 'audience');
export const wrongIssuer = lies('JWT, claims: issuer (FED-3)', 'issuer');
export const wrongTime = lies('JWT, claims: time (FED-3)', 'time');
export const wrongAlgorithm = lies('JWT, algorithm and key (FED-3)', 'algorithm');

/** A token that nobody has signed, for somebody who may do everything. */
export const unsignedInside: Check = {
  name: 'JWT, algorithm and key, past the gateway (GK-8)',
  behind: 'shop',
  look: ({ services, tokens }) =>
    findings(
      jwtAttacks(inside(tokens)).filter(({ kind }) => kind === 'key' || kind === 'algorithm'),
      (attack) => judged(attack, (token) => send(services.catalog, ASKED.catalog, { headers: bearer(token) })),
    ),
};
