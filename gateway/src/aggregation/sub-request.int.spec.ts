import { afterEach, describe, expect, it } from '@jest/globals';
import { openShop, send, type TestShop } from '../gateway.mother.js';

describe('what a service is told of a part of a batch', () => {
  let shop: TestShop;
  afterEach(() => shop.close());

  it.each([
    ['that of the connection, whatever the headers say', '', { 'x-forwarded-proto': 'http', 'x-real-ip': '127.0.0.1' }],
    ['what a trusted proxy says', '127.0.0.1', { 'x-forwarded-proto': 'https', 'x-real-ip': '203.0.113.9' }],
  ])('OFF-2 its protocol and address are %s', async (_what, trusted, expected) => {
    shop = await openShop(trusted === '' ? {} : { env: { TRUSTED_PROXIES: trusted } });
    await send(shop.gateway.port, '/api/batch', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-proto': 'https',
        'x-forwarded-for': '203.0.113.9',
        authorization: `Bearer ${shop.alice}`,
      },
      body: JSON.stringify({ requests: [{ path: '/api/stock/LAMP-1' }] }),
    });
    expect(shop.services.inventory.seen[0]?.headers).toMatchObject(expected);
  });
});
