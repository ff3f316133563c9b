import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { atGateway, inside, judged, outside, ASKED } from './jwt.ts';
import { alsoSaying, jwtAttacks } from './jwt-attacks.ts';
import { findings } from './support/check.ts';
import { BEHIND, type Door, openDoor } from './support/door.ts';
import { send } from './support/send.ts';
import { bearer } from './support/tokens.ts';

const OPEN_MS = 240_000;
let echo: Door;
let shop: Door;
beforeAll(async () => {
  [echo, shop] = await Promise.all([openDoor('echo'), openDoor('shop')]);
}, OPEN_MS);
afterAll(async () => {
  await Promise.all([echo?.close(), shop?.close()]);
});

describe('JWT at the gateway', () => {
  it('lets the token pass that all the lies are made of', async () => {
    echo.echo.forget();
    const { status } = await send(echo.url, '/api/cart', { headers: bearer(await outside(echo.tokens).sign({})) });
    expect([status, echo.echo.arrivals.length]).toEqual([200, 1]);
  });

  it('FED-3 JWT, algorithm, key and claims: every lie is answered 401, and no service hears of it', async () => {
    const attacks = jwtAttacks(outside(echo.tokens));
    expect(attacks.length).toBeGreaterThan(60);
    expect(await atGateway(echo, attacks)).toEqual([]);
  });

  it('FED-3 JWT: of a claim that is there twice everybody reads the last one, which is passed on once', async () => {
    echo.echo.forget();
    const token = await outside(echo.tokens).sign({
      claims: { sub: 'alice', roles: ['customer', 'admin'] },
      text: (json) => alsoSaying(json, { sub: 'bob', roles: ['customer'] }),
    });
    const statuses = await Promise.all(
      ['/api/cart', '/api/admin/orders'].map((path) => send(echo.url, path, { headers: bearer(token) })),
    );
    expect(statuses.map(({ status }) => status)).toEqual([200, 403]);
    const inwards = echo.echo.arrivals.map(({ headers }) => String(headers.authorization).split(' ')[1] ?? '');
    expect(inwards.map((one) => decodeJwt(one))).toMatchObject([{ sub: 'bob', roles: ['customer'] }]);
    expect(Buffer.from(inwards[0]?.split('.')[1] ?? '', 'base64url').toString()).not.toContain('alice');
  });

  it('FED-3 JWT: a lie is refused also where no token is needed', async () => {
    const attacks = jwtAttacks(outside(echo.tokens)).filter(({ kind }) => kind !== 'form');
    const ask = (token: string) => send(echo.url, '/api/products', { headers: bearer(token) });
    expect(await findings(attacks, (attack) => judged(attack, ask))).toEqual([]);
  });
});

describe.each(BEHIND)('JWT at %s, past the gateway', (name) => {
  it('lets the token pass that all the lies are made of', async () => {
    const { status } = await send(shop.services[name], ASKED[name], {
      headers: bearer(await inside(shop.tokens).sign({})),
    });
    expect([200, 404]).toContain(status);
  });

  it('GK-8 FED-3 JWT, algorithm, key and claims: every lie is answered 401', async () => {
    const ask = (token: string) => send(shop.services[name], ASKED[name], { headers: bearer(token) });
    expect(await findings(jwtAttacks(inside(shop.tokens)), (attack) => judged(attack, ask))).toEqual([]);
  });
});
