import { beforeAll, describe, expect, it } from '@jest/globals';
import { travel } from '../../tools/cli/src/probe/journey.ts';
import { Shop } from './support/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});

describe('health, from outside', () => {
  it('HEM-11 a synthetic customer signs in, orders, sees it confirmed, and has it taken back', async () => {
    const { gatewayUrl, token } = shop;
    const journey = await travel({ gatewayUrl, token, instance: 'default' });
    expect(journey).toMatchObject({ status: 'ok', problems: [] });
    expect(journey.steps.map(({ step }) => step)).toEqual(['sign in', 'find', 'order', 'confirm', 'clean up']);
  });

  it.each(['/healthz', '/healthz/core', '/healthz/low', '/healthz/test', '/livez', '/readyz', '/metrics'])(
    'HEM-6 HEM-12 the shop has nothing at %s for strangers: a real 404',
    async (path) => {
      const { status, headers, body } = await shop.api.send<{ code?: string }>('GET', path);
      expect([status, headers.get('content-type')?.split(';')[0], body.code]).toEqual([
        404,
        'application/problem+json',
        'route-not-found',
      ]);
    },
  );
});
