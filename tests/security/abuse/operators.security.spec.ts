import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Door, openDoor } from '../support/door.ts';
import { send } from '../support/send.ts';
import { IS_SHORT } from '../support/shop.ts';
import { inject } from './operators/injections.ts';
import { storeAttacks } from './operators/stored-texts.ts';
import { summaryOf } from './report.ts';

const RUN_MS = 480_000;

describe('operators of databases, shells and browsers', () => {
  let shop: Door;
  let products: unknown;
  const count = async (): Promise<unknown> => (await send(shop.url, '/api/products?pageSize=1')).json['total'];
  beforeAll(async () => {
    shop = await openDoor('shop');
    products = await count();
  }, RUN_MS);
  afterAll(() => shop?.close());

  it(
    'GK-11 in a parameter are refused, or a value that nothing has',
    async () => {
      const report = await inject(shop, IS_SHORT ? 5 : 1);
      process.stdout.write(`  ${summaryOf('operators in parameters', report)}\n`);
      expect(report.findings).toEqual([]);
    },
    RUN_MS,
  );

  it(
    'GK-11 in a text stay text',
    async () => {
      const report = await storeAttacks(shop);
      process.stdout.write(`  ${summaryOf('operators in texts', report)}\n`);
      expect(report.findings).toEqual([]);
    },
    RUN_MS,
  );

  it('have taken nothing away', async () => {
    expect(products).toEqual(expect.any(Number));
    expect(await count()).toBe(products);
  });
});
