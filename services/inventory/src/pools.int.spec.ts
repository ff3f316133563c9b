import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Variant } from '@souk/config';
import { BackgroundPool } from '@souk/service-kit';
import { waitFor } from '@souk/testing';
import { createTestApp, type TestApp } from './test/inventory-app.js';
import { InventoryDatabase } from './test/inventory-database.js';

describe('background work that holds every connection it may have', () => {
  let db: InventoryDatabase;
  let service: TestApp;
  let letGo: () => Promise<void>;
  beforeAll(async () => {
    db = await InventoryDatabase.create('inventory_pools');
  });
  afterEach(async () => {
    await letGo();
    await service.close();
  });
  afterAll(() => db.drop());

  const stockWhile = async (...variants: Variant[]): Promise<number> => {
    service = await createTestApp(db.url, ...variants);
    const pool = service.app.get(BackgroundPool);
    const held = Array.from({ length: pool.options.max }, () => pool.connect().catch(() => undefined));
    letGo = async () => (await Promise.all(held)).forEach((client) => client?.release());
    await waitFor(() => pool.waitingCount > 0, { what: 'all connections to be taken' });
    const receipt = { receiptId: 'r-1', lines: [{ sku: 'LAMP', quantity: 1 }] };
    const headers = await service.as('ann', 'admin');
    const call = { method: 'POST', url: '/admin/stock/receipts', headers, payload: receipt } as const;
    return (await service.app.inject(call)).statusCode;
  };

  it('BLK-3: leaves requests alone', async () => expect(await stockWhile()).toBeLessThan(300));
  it('BLK-3: holds them up where they share one pool', async () => expect(await stockWhile('one-pool')).toBe(503));
});
