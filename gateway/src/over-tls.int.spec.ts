import { afterEach, describe, expect, it } from '@jest/globals';
import { openShop, send, SHOP, type TestShop } from './gateway.mother.js';

describe('a shop with the public address', () => {
  let shop: TestShop | undefined;
  afterEach(() => shop?.close());

  it.each([
    [SHOP, false],
    ['https://shop.test', true],
  ])('%s says over TLS only: %s', async (PUBLIC_URL, isTls) => {
    const activity = { send: async () => undefined, close: async () => undefined };
    shop = await openShop({ env: { PUBLIC_URL }, activity });
    const cookieOf = async (target: string): Promise<string> => {
      const { headers } = await send(shop?.gateway.port ?? 0, target, { headers: { 'sec-fetch-site': 'none' } });
      expect(headers['strict-transport-security']).toBe(isTls ? 'max-age=31536000' : undefined);
      return headers['set-cookie']?.[0] ?? '';
    };
    shop.services.catalog.answers(200, { items: [], page: 1, pageSize: 12, total: 0 });
    const [login, visitor] = [await cookieOf('/auth/login'), await cookieOf('/api/pages/home')];
    expect([login, visitor]).toEqual([
      expect.stringContaining('souk-login='),
      expect.stringContaining('souk-visitor='),
    ]);
    expect([login, visitor].map((cookie) => cookie.endsWith('; Secure'))).toEqual([isTls, isTls]);
    for (const target of ['/api/products', '/nothing', '/api/../x']) await cookieOf(target);
  });
});
