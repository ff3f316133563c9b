import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLetterDetails, deadLetterPage, deadLetterResult, topics } from '@souk/contracts';
import type { OutgoingMessage } from '@souk/outbox';
import { waitFor } from '@souk/testing';
import { createTestApp, type TestApp } from '../test/inventory-app.js';
import { InventoryDatabase } from '../test/inventory-database.js';
import { orderNo } from '../test/inventory.mother.js';

const orderId = orderNo(70);

describe('/admin/dead-letters of inventory', () => {
  let db: InventoryDatabase;
  let service: TestApp;

  beforeAll(async () => {
    db = await InventoryDatabase.create('inventory_dead_letters');
    service = await createTestApp(db.url);
    // Nothing was sold, so nothing can come back; the release behind it leaves a tombstone and an answer.
    await service.kafka.deliver('/souk/order', command('return-stock.v1'), command('release-reservation.v1'));
  });
  afterAll(async () => {
    await service?.close();
    await db?.drop();
  });

  const command = (type: string): OutgoingMessage => ({
    topic: topics.inventoryCommands,
    key: orderId,
    type,
    data: { orderId, lines: [{ sku: 'LAMP-1', quantity: 1 }] },
    id: `dead-${type}`,
    time: new Date(),
  });
  const call = async (method: 'GET' | 'POST', path = '', ...roles: string[]) =>
    service.app.inject({ method, url: `/admin/dead-letters${path}`, headers: await service.as('ann', ...roles) });
  const asAdmin = (method: 'GET' | 'POST', path = '') => call(method, path, 'admin');
  const idOf = async (): Promise<string> => deadLetterPage.parse((await asAdmin('GET')).json()).items[0]?.id ?? '';

  it('CC-4: names what was given up, why, and what waits for it', async () => {
    const { items, total } = deadLetterPage.parse((await asAdmin('GET', `?key=${orderId}`)).json());
    expect(total).toBe(1);
    expect(items[0]).toMatchObject({ service: 'inventory', type: 'return-stock.v1', attempts: 5, waiting: 1 });
    const shown = deadLetterDetails.parse((await asAdmin('GET', `/${await idOf()}`)).json());
    expect(JSON.parse(shown.value)).toMatchObject({ orderId });
  });

  it('CC-5: a replay in vain says so; a discard lets what waits happen, once', async () => {
    const id = await idOf();
    const replayed = deadLetterResult.parse((await asAdmin('POST', `/${id}/replay`)).json());
    expect(replayed).toMatchObject({ action: 'replay', outcome: 'still-dead', waiting: 1, blockedBy: { id } });
    const discarded = deadLetterResult.parse((await asAdmin('POST', `/${id}/discard`)).json());
    expect(discarded).toMatchObject({ service: 'inventory', outcome: 'released', applied: 1, waiting: 0 });
    const again = await asAdmin('POST', `/${id}/discard`);
    expect([again.statusCode, again.json().code]).toEqual([404, 'dead-letter-not-found']);
    const answers = (): number =>
      service.kafka.produced.filter(({ headers }) => headers['ce_type'] === 'stock.reservation-released.v1').length;
    await waitFor(() => answers() > 0, { what: 'the answer to the release' });
    expect(answers()).toBe(1);
  });

  it('is for administrators', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/x'],
      ['POST', '/x/replay'],
      ['POST', '/x/discard'],
    ] as const)
      expect((await call(method, path, 'customer')).statusCode).toBe(403);
  });

  it('refuses a query that it does not know', async () => {
    expect((await asAdmin('GET', '?wish=1')).json().code).toBe('validation-failed');
    expect((await asAdmin('GET', '?limit=501')).json().code).toBe('validation-failed');
  });
});
