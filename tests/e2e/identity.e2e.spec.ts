import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Problem } from '@souk/contracts';
import { shopContext } from '../../tools/cli/src/shop/context.ts';
import { tokensOf } from '../../tools/cli/src/shop/token.ts';
import { Shop } from './support/shop.ts';

const { SOUK_IDENTITY_URL, SOUK_INSTANCE } = process.env;
const identityUrl = SOUK_IDENTITY_URL ?? shopContext(SOUK_INSTANCE ?? 'default').urls.IDENTITY_URL ?? '';
let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});

const aName = () => `e2e-${randomBytes(6).toString('hex')}`;
/** A token of this moment, not one that was given before. */
const freshToken = (user: string) => tokensOf({ url: identityUrl, instance: 'default' })(user);
const knob = async (method: string, user: string, body?: object) => {
  const init = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await fetch(`${identityUrl}/knobs/users/${user}`, { method, ...init });
  if (!answer.ok) throw new Error(`${method} ${user}: ${answer.status}`);
};

describe('a user of the identity provider', () => {
  it('FED-3 is known to the shop by the token alone', async () => {
    const token = await freshToken(aName());
    expect((await shop.api.send('GET', '/api/cart', { token })).status).toBe(200);
    const [header, payload, signature = ''] = token.split('.');
    const other = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    expect(await shop.api.send<Problem>('GET', '/api/cart', { token: other })).toMatchObject({
      status: 401,
      body: { code: 'token-invalid' },
    });
  });

  it('FED-4 may do what the roles of the token say', async () => {
    const user = aName();
    const asCustomer = await freshToken(user);
    await knob('PUT', user, { roles: ['customer', 'admin'] });
    const asAdmin = await freshToken(user);
    const path = `/api/admin/products/${randomUUID()}`;
    expect(await shop.api.send('DELETE', path, { token: asCustomer })).toMatchObject({ status: 403 });
    expect(await shop.api.send('DELETE', path, { token: asAdmin })).toMatchObject({
      status: 404,
      body: { code: 'product-not-found' },
    });
  });

  it('FED-11 gets no new token once removed; the one in hand is good still, and names its end, ten minutes off at most', async () => {
    const user = aName();
    const token = await freshToken(user);
    await knob('DELETE', user);
    await expect(freshToken(user)).rejects.toMatchObject({ why: 'this user was removed' });
    const { exp = 0, iat = 0 } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      exp?: number;
      iat?: number;
    };
    expect(exp - iat).toBeLessThanOrEqual(600);
    expect((await shop.api.send('GET', '/api/cart', { token })).status).toBe(200);
  });
});
