import { describe, expect, it } from '@jest/globals';
import { parseTargets, targetsOf, testTarget } from './targets.ts';

const limits = { maxMs: 3_000, maxDnsMs: 1_000, certDays: 14 };
const shop = {
  gatewayUrl: 'https://shop.test',
  deep: { catalog: 'http://catalog-each:9090', order: 'http://order-each:9090' },
  ready: { identity: 'http://identity:9090' },
  key: 'k',
};

describe('what the prober looks at', () => {
  it('HEM-8 HEM-12 is the shop as customers see it, a missing page, and what every process says of itself', () => {
    const targets = targetsOf(shop, limits);
    expect(targets.map(({ url, expected }) => [url, expected.status])).toEqual([
      ['https://shop.test/', 200],
      ['https://shop.test/api/products?pageSize=1', 200],
      ['https://shop.test/api/no-such-address', 404],
      ['http://catalog-each:9090/healthz', 200],
      ['http://order-each:9090/healthz', 200],
      ['http://identity:9090/readyz', 200],
    ]);
  });

  it('HEM-6 the key goes to those who ask for it, and to nobody else', () => {
    const holders = targetsOf(shop, limits).filter(({ headers }) => headers?.['x-health-key'] === 'k');
    expect(holders.map(({ name }) => name)).toEqual(['catalog', 'order']);
  });

  it('HEM-10 itself by an address that fails on purpose', () => {
    expect(testTarget(shop, limits)).toMatchObject({ url: 'http://catalog-each:9090/healthz/test' });
    expect(testTarget({ ...shop, deep: {} }, limits)).toBeUndefined();
  });

  it('can be named in one line', () => {
    expect(parseTargets('catalog=http://catalog-each:9090/, order=http://order-each:9090')).toEqual(shop.deep);
    for (const wrong of ['', 'catalog', 'catalog=nowhere', '=http://x', 'Catalog=http://x', 'a=http://x,,'])
      expect(() => parseTargets(wrong)).toThrow('is not name=URL');
  });
});
