import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { forgedWrites, openCookies, strangeOrigins } from './browsers.ts';
import { answersOfOthers, told } from './edge.ts';
import { type BrowserSession, signIn } from './sign-in.ts';
import { type Door, LISTED_ORIGIN, openDoor } from './support/door.ts';
import { send } from './support/send.ts';
import { bearer } from './support/tokens.ts';

const OPEN_MS = 240_000;
let echo: Door;
let shop: Door;
let session: BrowserSession;
beforeAll(async () => {
  [echo, shop] = await Promise.all([openDoor('echo'), openDoor('shop')]);
  session = await signIn(echo.url, 'alice');
}, OPEN_MS);
afterAll(async () => {
  await Promise.all([echo?.close(), shop?.close()]);
});

describe('CORS', () => {
  it('OFF-4 browser: scripts of the listed origin may read, with credentials', async () => {
    const { headers } = await send(echo.url, '/api/products', { headers: { origin: LISTED_ORIGIN } });
    expect([headers['access-control-allow-origin'], headers['access-control-allow-credentials']]).toEqual([
      LISTED_ORIGIN,
      'true',
    ]);
    expect(headers['vary']).toMatch(/origin/i);
  });

  it('OFF-4 browser: nobody else may, asked before or not', async () => {
    expect(await strangeOrigins.look(echo)).toEqual([]);
  });

  it('OFF-4 browser: where no origin is listed, none may', async () => {
    expect(await strangeOrigins.look(shop)).toEqual([]);
  });
});

describe('cookies', () => {
  it('FED-8 browser: no script and no other site can use them', async () => {
    expect(await openCookies.look(echo)).toEqual([]);
  });

  it('FED-8 browser: nor those of the provider', () => {
    expect(session.providerCookies.length).toBeGreaterThan(1);
    for (const line of session.providerCookies) {
      expect(line).toMatch(/; httponly(;|$)/i);
      expect(line).toMatch(/; samesite=(lax|strict)(;|$)/i);
    }
  });

  it('GK-4 browser: a write by cookie goes through with the token of the session', async () => {
    echo.echo.forget();
    const headers = { cookie: session.cookie, 'x-csrf-token': session.csrf };
    const { status } = await send(echo.url, '/api/cart', { method: 'DELETE', headers });
    expect([status, echo.echo.arrivals.length]).toEqual([200, 1]);
  });

  it('GK-4 browser, CSRF: without it, or with another, it does not', async () => {
    expect(await forgedWrites.look(echo)).toEqual([]);
  });

  it('FED-3 browser: a session that was touched is none', async () => {
    const [, name = '', value = ''] = /(souk-session)=([^;]+)/.exec(session.cookie) ?? [];
    expect((await send(echo.url, '/api/cart', { headers: { cookie: `${name}=${value}` } })).status).toBe(200);
    const touched = [value.slice(0, -3), `${value}x`, value.replace('.', ''), value.split('.').reverse().join('.'), ''];
    for (const one of touched) {
      const { status } = await send(echo.url, '/api/cart', { headers: { cookie: `${name}=${one}` } });
      expect(status).toBe(401);
    }
  });

  it('GK-10 the cookie stays at the gateway', async () => {
    echo.echo.forget();
    await send(echo.url, '/api/cart', { headers: { cookie: session.cookie } });
    expect(echo.echo.arrivals.map(({ headers }) => headers.cookie)).toEqual([undefined]);
  });
});

describe('what caches may keep', () => {
  it.each(['/api/cart', '/api/orders', '/api/customers/me/summary', '/auth/session'])(
    'OFF-4 browser: %s is for nobody else, by cookie',
    async (path) => {
      const { headers } = await send(shop.url, path, { headers: { cookie: session.cookie } });
      expect(headers['cache-control']).toMatch(/private|no-store/);
    },
  );

  it.each(['/api/cart', '/api/orders', '/api/customers/me/summary'])(
    'OFF-4 browser: %s is for nobody else, by token',
    async (path) => {
      const { headers } = await send(shop.url, path, { headers: bearer(await shop.tokens.user('alice')) });
      expect(headers['cache-control'] ?? '').not.toMatch(/public|s-maxage/);
    },
  );

  it('OFF-4 BOLA: nobody is given what another was answered', async () => {
    expect(await answersOfOthers.look(shop)).toEqual([]);
  });
});

describe('pages', () => {
  it.each(['/', '/docs'])('GK-4 browser: %s runs and loads nothing that was not meant to be', async (path) => {
    const { headers, text } = await send(shop.url, path, { headers: { accept: 'text/html' } });
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'|default-src 'self'/);
    expect(headers['content-security-policy']).toMatch(/frame-ancestors 'none'/);
    expect(told(path, text)).toBeUndefined();
  });
});
