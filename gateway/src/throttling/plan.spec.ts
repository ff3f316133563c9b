import { createHash } from 'node:crypto';
import { serviceSettings } from '@souk/contracts';
import { describe, expect, it } from '@jest/globals';
import { ApiKeys, parseApiKeys } from './api-keys.js';
import { CallerAddress, networkOf } from './caller-address.js';
import { classOf, costOf, planOf, priceOfTrying, tierOf } from './plan.js';

describe('the plan of the limits', () => {
  const plan = planOf(
    serviceSettings.gateway.parse({ limitUser: 70, limitWindowSeconds: 7, limitCosts: { checkout: 4 } }),
  );

  it('THR-8 has a limit for each tier, as the settings say', () => {
    expect(plan.windowMs).toBe(7_000);
    expect(plan.tiers.user).toEqual({ tier: 'user', limit: 70, policy: '"user";q=70;w=7' });
    expect(plan.tiers.partner.limit).toBe(60_000);
    expect([tierOf([]), tierOf(['customer']), tierOf(['customer', 'admin'])]).toEqual(['user', 'user', 'admin']);
  });

  it('has a price for each class, times what the route says, and that of a read for one it does not know', () => {
    expect(costOf(plan, { class: 'checkout' })).toBe(4);
    expect(costOf(plan, { class: 'write', cost: 3 })).toBe(6);
    expect(costOf(plan, { class: 'exports', cost: 20 })).toBe(20);
  });

  it.each([
    ['GET', '/api/products?page=2', 'read'],
    ['HEAD', '/api/products', 'read'],
    ['GET', '/api/pages/home', 'page'],
    ['POST', '/api/batch', 'batch'],
    ['POST', '/api/batch/?x=1', 'batch'],
    ['POST', '/api/batches', 'write'],
    ['GET', '/api/batch-1', 'read'],
    ['POST', '/api/orders', 'checkout'],
    ['POST', '/api/orders?x=1', 'checkout'],
    ['POST', '/api/orders/1/cancel', 'write'],
    ['DELETE', '/api/cart', 'write'],
  ])('takes %s %s for %s', (method, target, name) => expect(classOf(method, target)).toBe(name));
});

it('THR-11 credentials that are none cost something, whatever they were tried at', () => {
  const plan = planOf(serviceSettings.gateway.parse({}));
  expect(costOf(plan, { class: 'batch' })).toBe(0);
  for (const price of [{ class: 'batch' }, { class: 'read', cost: 0 }])
    expect(costOf(plan, priceOfTrying(price))).toBeGreaterThan(0);
  expect(priceOfTrying({ class: 'read', cost: 3 })).toEqual({ class: 'read', cost: 3 });
});

describe('who is charged', () => {
  it('is the /64 of an IPv6 address, and an IPv4 address as a whole', () => {
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(networkOf('2001:0db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
    expect(networkOf('2001:db8:1::')).toBe('2001:db8:1:0::/64');
    const of = (address: string) => new CallerAddress({ addressOf: () => address }).of({ headers: {} });
    expect([of('192.0.2.7'), of('2001:db8:a:b::9')]).toEqual(['192.0.2.7', '2001:db8:a:b::/64']);
  });

  it('is the holder of an API key, of which only the hash is known', () => {
    const sha256 = createHash('sha256').update('secret-1').digest('hex');
    const keys = new ApiKeys({ value: parseApiKeys(JSON.stringify({ keys: [{ holder: 'acme', sha256 }] })) });
    expect(keys.holderOf({ headers: {} })).toBeUndefined();
    expect(keys.holderOf({ headers: { 'x-api-key': 'secret-1' } })).toBe('acme');
    for (const wrong of ['secret-2', '', sha256])
      expect(() => keys.holderOf({ headers: { 'x-api-key': wrong } })).toThrow(
        expect.objectContaining({ code: 'api-key-invalid' }),
      );
    expect(() => parseApiKeys('{"keys":[{"holder":"acme","key":"secret-1"}]}')).toThrow();
  });

  it('a file that holds a key in the clear, and nothing else, is refused without showing it', () => {
    expect(() => parseApiKeys('secret-1')).toThrow(/^the file holds no JSON; expected are API keys/);
    for (const text of ['secret-1', '{"keys":["secret-1"]}']) expect(() => parseApiKeys(text)).not.toThrow(/secret-1/);
  });
});
