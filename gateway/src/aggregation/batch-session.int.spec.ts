import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { batchAnswer } from '@souk/contracts';
import { openShop, type TestShop } from '../gateway.mother.js';
import { Browser } from '../identity/browser.mother.js';

describe('a batch by session cookie', () => {
  let now: number;
  let shop: TestShop;
  let browser: Browser;
  beforeAll(async () => {
    shop = await openShop({ now: () => now });
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    shop.reset();
    now = Math.floor(Date.now() / 1_000);
    browser = new Browser(shop.gateway);
    await browser.signIn();
    shop.gateway.provider.seen.length = 0;
  });

  const read = { path: '/api/cart' };
  const write = { method: 'POST', path: '/api/cart/items', body: { sku: 'LAMP-1', quantity: 1 } };
  const post = (requests: object[], headers: Record<string, string> = {}) =>
    browser.send('/api/batch', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ requests }),
    });
  const statuses = (json: unknown) => batchAnswer.parse(json).responses.map(({ status }) => status);

  it('AGG-12 only reads without the CSRF token', async () => {
    expect(statuses((await post([read, read])).json)).toEqual([200, 200]);
    const refused = await post([read, write]);
    expect([refused.status, refused.json.code]).toEqual([403, 'csrf-token-invalid']);
    expect(shop.services.order.seen.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('AGG-12 writes with it, and no sub-request could bring its own', async () => {
    expect(statuses((await post([read, write], await browser.csrf())).json)).toEqual([200, 200]);
    expect(shop.services.order.seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
    const own = await post([{ ...write, headers: await browser.csrf() }]);
    expect(own.status).toBe(400);
  });

  it('renews a session once for all, and hands the new cookie on', async () => {
    const { provider } = shop.gateway;
    provider.tokenSeconds = 60;
    await browser.signIn();
    const headers = await browser.csrf();
    Object.assign(provider, { tokenSeconds: 600 }).seen.length = 0;
    // Well after its end: the provider goes by the clock of the machine, which may be busy.
    now += 120;
    const answer = await post([read, write, read, write], headers);
    expect(statuses(answer.json)).toEqual([200, 200, 200, 200]);
    expect(provider.seen.filter(({ body }) => body.includes('refresh_token'))).toHaveLength(1);
    const cookies = answer.headers['set-cookie'] ?? [];
    expect(cookies.filter((line) => line.startsWith('souk-session='))).toHaveLength(1);
  });
});
