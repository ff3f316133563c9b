import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PUBLIC_AUDIENCE } from '@souk/contracts';
import { decodeJwt, importJWK, type JWK, SignJWT } from 'jose';
import { KEY_FILES } from '../../../tools/cli/src/secrets.ts';
import type { Check } from '../support/check.ts';
import type { Door } from '../support/door.ts';
import { send } from '../support/send.ts';
import { instance } from '../support/shop.ts';
import { bearer } from '../support/tokens.ts';

/** As the corporate provider would sign it, if it called somebody so. */
async function corporate(sub: string, issuer: string): Promise<string> {
  const { keys } = JSON.parse(readFileSync(join(instance().secretsDir, KEY_FILES.corporateKeys), 'utf8')) as {
    readonly keys: readonly JWK[];
  };
  const [key = {}] = keys;
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ iss: issuer, aud: PUBLIC_AUDIENCE, sub, groups: ['staff'], iat: now, exp: now + 60 })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid ?? '' })
    .sign(await importJWK(key, 'ES256'));
}

/** For whom a service behind the door takes the bearer of this token. */
async function takenFor({ url, echo }: Door, token: string): Promise<string | undefined> {
  echo.forget();
  const { status } = await send(url, '/api/cart', { headers: bearer(token) });
  if (status !== 200) throw new Error(`a good token was answered ${status}`);
  return decodeJwt(String(echo.arrivals[0]?.headers.authorization).slice('Bearer '.length)).sub;
}

export const mixedIssuers: Check = {
  name: 'JWT, claims: one subject of two issuers (FED-6)',
  behind: 'echo',
  look: async (door) => {
    const alice = await takenFor(door, await door.tokens.user('alice'));
    const other = await takenFor(door, await corporate('alice', `${door.tokens.issuer}/corporate`));
    return alice === other ? [`alice of the corporate provider is taken for ${String(alice)} of the social one`] : [];
  },
};
