import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GatewaySettings } from '@souk/contracts';
import { gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';

describe('a gateway that is read-only', () => {
  const settings: { value: GatewaySettings } = gatewaySettings({});
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openShop({ settings });
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    shop.reset();
    settings.value = { ...settings.value, readOnly: true };
  });

  const call = (method: string, target: string) =>
    send(shop.gateway.port, target, { method, headers: { authorization: `Bearer ${shop.admin}` } });
  const asked = () => Object.values(shop.services).flatMap(({ seen }) => seen);

  it.each([
    ['POST', '/api/orders'],
    ['PUT', '/api/cart'],
    ['DELETE', '/api/cart?all=1'],
    ['POST', '/api/admin/products'],
    ['PATCH', '/api/nothing'],
  ])('CFG-1 answers %s %s with 503 and when to come back; no service hears of it', async (method, target) => {
    const { status, json, headers } = await call(method, target);
    expect([status, json.code, headers['retry-after'], headers['content-type']?.split(';')[0]]).toEqual([
      503,
      'read-only',
      '30',
      'application/problem+json',
    ]);
    expect(asked()).toEqual([]);
  });

  it.each([
    ['GET', '/api/products'],
    ['HEAD', '/api/cart'],
    ['GET', '/'],
  ])('goes on with %s %s', async (method, target) => {
    expect((await call(method, target)).status).toBe(200);
  });

  it('CFG-1 writes again as soon as the setting is off', async () => {
    settings.value = { ...settings.value, readOnly: false };
    expect((await call('POST', '/api/orders')).status).toBe(200);
  });
});
