import { beforeAll, describe, expect, it } from '@jest/globals';
import { throttleView } from '@souk/contracts';
import { openInstance } from '../../tools/cli/src/instance.ts';
import { readUrls } from '../../tools/cli/src/urls.ts';
import { Shop } from './support/shop.ts';

describe('the limits of the running shop', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });

  it('THR-2 are told with every answer', async () => {
    const token = await shop.newCustomer();
    const ask = () => fetch(`${shop.gatewayUrl}/api/categories`, { headers: { authorization: `Bearer ${token}` } });
    const answers = [await ask(), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    for (const { headers } of answers) {
      const [, quota] = /^"user";q=(\d+);w=\d+$/.exec(headers.get('ratelimit-policy') ?? '') ?? [];
      const [, left] = /^"user";r=(\d+);t=\d+$/.exec(headers.get('ratelimit') ?? '') ?? [];
      expect(Number(left)).toBeLessThan(Number(quota));
      expect(Number(left)).toBeGreaterThan(0);
    }
  });

  it('THR-1 THR-9 are counted together where there is Valkey, and admins see who uses most', async () => {
    const headers = { authorization: `Bearer ${await shop.admin()}` };
    const answer = await fetch(`${shop.gatewayUrl}/api/admin/throttle`, { headers });
    const view = throttleView.parse(await answer.json());
    const { SOUK_GATEWAY_URL, SOUK_INSTANCE } = process.env;
    const hasValkey =
      SOUK_GATEWAY_URL !== undefined || readUrls(openInstance(SOUK_INSTANCE ?? 'default'))?.VALKEY_URL !== undefined;
    expect(view.counting).toBe(hasValkey ? 'together' : 'alone');
    expect(view.usage.length).toBeGreaterThan(0);
  });
});
