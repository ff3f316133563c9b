import { afterEach, describe, expect, it } from '@jest/globals';
import type { Variant } from '@souk/config';
import { topics } from '@souk/contracts';
import { BackgroundPool } from '@souk/service-kit';
import { waitFor } from '@souk/testing';
import pg from 'pg';
import { createTestApp, type TestApp } from './test/order-app.js';
import { clientOf } from './test/order-client.js';
import { aProduct } from './test/order-database.js';

describe('the connections of order', () => {
  let shop: TestApp;
  let letGo: () => Promise<void> = async () => undefined;
  const { call, place, ended } = clientOf(() => shop);
  const open = async (...variants: Variant[]): Promise<void> => void (shop = await createTestApp(...variants));
  afterEach(async () => {
    await letGo();
    await shop.close();
  });

  /** Until `letGo` the next one who wants a connection waits. */
  const holdAll = async (pool: pg.Pool): Promise<void> => {
    const held = Array.from({ length: pool.options.max }, () => pool.connect().catch(() => undefined));
    letGo = async () => {
      const clients = await Promise.all(held.splice(0));
      for (const client of clients) client?.release();
    };
    await waitFor(() => pool.waitingCount > 0 || pool.totalCount === pool.options.max, {
      what: 'all connections to be taken',
    });
  };

  it('BLK-3: background work that holds all of its own leaves orders alone', async () => {
    await open();
    await holdAll(shop.app.get(BackgroundPool));
    const { status, body } = await place();
    expect(status).toBe(202);
    expect((await call('GET', `/orders/${body.orderId}`)).status).toBe(200);
    await letGo();
    expect((await ended(body.orderId)).body).toMatchObject({ status: 'confirmed' });
  });

  it('BLK-3: with one pool for both it holds up every order', async () => {
    await open('one-pool');
    await holdAll(shop.app.get(BackgroundPool));
    expect((await place()).status).toBe(503);
  });

  it('BLK-3: requests that hold all of theirs leave background work alone', async () => {
    await open();
    await holdAll(shop.app.get(pg.Pool));
    await shop.inventory.deliver(topics.catalogProducts, 'product.created.v1', 'LAMP', aProduct('LAMP', 1));
    const { rows } = await shop.database.pool.query(`select sku from products where sku = 'LAMP'`);
    expect(rows).toHaveLength(1);
  });

  it('BLK-3: are together no more than those of one pool were', async () => {
    await open();
    const [requests, background] = [shop.app.get(pg.Pool), shop.app.get(BackgroundPool)];
    const query = (pool: pg.Pool) => Array.from({ length: 30 }, () => pool.query('select pg_sleep(0.05)'));
    const all = Promise.all([...query(requests), ...query(background)]);
    const open_ = `select count(*)::int as n from pg_stat_activity
      where datname = current_database() and application_name = 'order'`;
    await waitFor(async () => (await shop.database.pool.query(open_)).rows[0].n === 10, {
      what: 'ten connections',
    });
    await all;
    expect(requests.totalCount + background.totalCount).toBe(10);
  });
});
