import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CompactSign, createLocalJWKSet, type JWK, jwtVerify } from 'jose';
import { jwtAttacks, type Side } from './jwt-attacks.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const published: JWK = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'known', alg: 'ES256', use: 'sig' };
const good = { iss: 'https://issuer', aud: 'shop', sub: 'alice', exp: Math.floor(Date.now() / 1_000) + 600 };
const sign: Side['sign'] = ({ claims, header, text = (json) => json }) =>
  new CompactSign(Buffer.from(text(JSON.stringify({ ...good, ...claims }))))
    .setProtectedHeader({ alg: 'ES256', kid: 'known', ...header })
    .sign(privateKey);
const side: Side = { sign, published, foreign: async () => 'a.b.c', otherIssuers: ['https://other'] };

const takes = (token: string): Promise<boolean> =>
  jwtVerify(token, createLocalJWKSet({ keys: [published] }), {
    issuer: good.iss,
    audience: good.aud,
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'sub'],
  }).then(
    () => true,
    () => false,
  );

describe('the attacks by token', () => {
  const attacks = jwtAttacks(side);

  it('are made of a good one', async () => expect(await takes(await sign({}))).toBe(true));

  it('have names of their own', () => {
    const names = attacks.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it.each(attacks.filter(({ name }) => !/^subject|once more, sub|100 KiB/.test(name)))(
    '$name is a lie',
    async ({ token }) => {
      expect(await takes(await token())).toBe(false);
    },
  );

  it('is too large to be read, where it is good but for its size', async () => {
    const [huge] = attacks.filter(({ name }) => name.includes('100 KiB'));
    expect((await huge?.token())?.length).toBeGreaterThan(100 * 1_024);
  });
});
