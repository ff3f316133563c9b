import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ApiClient } from '../../../cli/src/shop/api-client.ts';
import type { Target } from '../target/target.ts';
import type { Ask } from './callers.ts';
import type { Fault } from './fault.ts';
import { pour } from './flood.ts';
import { withPatience } from './patience.ts';

const ANSWERS_WITHIN_MS = 15_000;
const PATH = '/api/cart';
const REFUSED = 401;

const parameters = z.strictObject({ perSecond: z.number().positive().max(300).default(50) });
type Parameters = z.output<typeof parameters>;

/** Each token names a key that nobody has ever heard of: whoever asks the provider for it each time asks it to death. */
export const unknownKeys: Fault<Parameters> = {
  kind: 'unknown-keys',
  summary: 'a flood of forged tokens, each of which names another key',
  on: ['host', 'k8s'],
  parameters,
  says: ({ perSecond }) => `${perSecond} forged tokens a second, each with another key id`,
  async inject({ target, until, background, count, note }, { perSecond }) {
    const claims = await believable(target);
    const ask: Ask = async () => {
      const status = await show(target, forged(claims), until);
      if (status !== 0) count(status === REFUSED ? 'forged.refused' : 'forged.other');
      return status;
    };
    background(pour(ask, perSecond, until).then((answers) => note(`forged tokens: ${answers.toString()}`)));
  },
};

/** All is as it should be but the signature. */
async function believable({ context }: Target): Promise<object> {
  const identity = new ApiClient(context.urls['IDENTITY_URL'] ?? '');
  const { issuer } = await identity.expect<{ issuer: string }>([200], 'GET', '/.well-known/openid-configuration');
  const now = Math.floor(Date.now() / 1_000);
  return { iss: issuer, aud: 'souk-api', sub: 'forger', iat: now, exp: now + 600 };
}

export function forged(claims: object, kid = randomBytes(12).toString('hex')): string {
  const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const header = { alg: 'ES256', typ: 'at+jwt', kid };
  return `${encoded(header)}.${encoded(claims)}.${randomBytes(64).toString('base64url')}`;
}

async function show({ context }: Target, token: string, until: AbortSignal): Promise<number> {
  try {
    return await withPatience(ANSWERS_WITHIN_MS, until, async (signal) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(new URL(PATH, context.gatewayUrl), { headers, signal });
      await answer.arrayBuffer();
      return answer.status;
    });
  } catch {
    return 0;
  }
}
