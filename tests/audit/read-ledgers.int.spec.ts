import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@souk/testing';
import { compareLedgers } from '../../tools/cli/src/shop/audit/checks.ts';
import { readLedgers } from '../../tools/cli/src/shop/audit/read-ledgers.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = { order: 'services/order', inventory: 'services/inventory', payment: 'simulators/payment' };
type Service = keyof typeof FOLDERS;

const ORDER = '0193f5b0-1a2b-7c3d-8e4f-5a6b7c8d9e0f';
const PAYMENT = '0193f5b0-1a40-7f00-8a01-aa10bb20cc30';
const PLACED = JSON.stringify({
  lines: [{ sku: 'TEA', name: 'Tea', quantity: 2, unitPrice: { amount: 250, currency: 'EUR' } }],
  total: { amount: 500, currency: 'EUR' },
});
const TYPES = ['placed', 'stock-reserved', 'payment-authorised', 'stock-committed', 'payment-captured', 'confirmed'];

const databases = {} as Record<Service, TestDatabase>;
const urls: Record<string, string> = {};

/** The audit knows the tables of three services; here it meets their real migrations. */
beforeAll(async () => {
  for (const service of Object.keys(FOLDERS) as Service[]) {
    databases[service] = await createTestDatabase(`audit_${service}`, join(ROOT, FOLDERS[service], 'migrations'));
    urls[`${service.toUpperCase()}_READ_DATABASE_URL`] = databases[service].url;
  }
  await run(
    'order',
    `insert into orders (order_id, user_id, status, version) values ('${ORDER}', 'alice', 'confirmed', 6)`,
  );
  for (const [index, type] of TYPES.entries()) {
    await run(
      'order',
      `insert into order_events (order_id, version, type, schema_version, at, data)
       values ('${ORDER}', ${index + 1}, '${type}', 1, now(), '${index === 0 ? PLACED : '{}'}')`,
    );
  }
  await run(
    'inventory',
    `insert into stock (sku, available, committed) values ('TEA', 8, 2);
     insert into receipts (receipt_id, lines) values ('r1', '[]');
     insert into reservations (order_id, sku, quantity, state, expires_at) values ('${ORDER}', 'TEA', 2, 'committed', now());
     insert into ledger (sku, kind, quantity, receipt_id) values ('TEA', 'receipt', 10, 'r1');
     insert into ledger (sku, kind, quantity, order_id) values ('TEA', 'reserve', 2, '${ORDER}'), ('TEA', 'commit', 2, '${ORDER}');`,
  );
  await run(
    'payment',
    `insert into payments (payment_id, order_id, amount, currency, status) values ('${PAYMENT}', '${ORDER}', 500, 'EUR', 'captured');
     insert into ledger (payment_id, order_id, kind, debit, credit, amount, currency)
     values ('${PAYMENT}', '${ORDER}', 'authorise', 'customer', 'hold', 500, 'EUR'),
            ('${PAYMENT}', '${ORDER}', 'capture', 'hold', 'shop', 500, 'EUR');`,
  );
}, 60_000);

afterAll(async () => {
  for (const database of Object.values(databases)) await database.drop();
});

async function run(service: Service, sql: string): Promise<void> {
  await databases[service].pool.query(sql);
}

const differences = async () =>
  compareLedgers(await readLedgers(urls)).flatMap(({ id, differences }) => (differences.length === 0 ? [] : [id]));

/** Plants a difference, looks, and takes it away again. */
async function planted(service: Service, change: string, undo: string): Promise<string[]> {
  await run(service, change);
  return differences().finally(() => run(service, undo));
}

describe('the audit of real tables', () => {
  it('reads an order, its stock and its payment', async () => {
    expect(await readLedgers(urls)).toMatchObject({
      orders: [{ orderId: ORDER, version: 6, total: 500, currency: 'EUR', lines: [{ sku: 'TEA', quantity: 2 }] }],
      reservations: [{ orderId: ORDER, sku: 'TEA', quantity: 2, state: 'committed' }],
      stock: [{ sku: 'TEA', received: 10, available: 8, reserved: 0, committed: 2, ok: true }],
      payments: [{ paymentId: PAYMENT, authorised: 500, captured: 500, voided: 0, refunded: 0 }],
      queues: [
        { service: 'inventory', outbox: 0, parked: 0 },
        { service: 'order', outbox: 0, parked: 0 },
      ],
    });
    expect(await differences()).toEqual([]);
  });

  it('finds stock that was moved without its ledger', async () => {
    const back = `update stock set available = 8 where sku = 'TEA'`;
    expect(await planted('inventory', `update stock set available = 9 where sku = 'TEA'`, back)).toEqual(['I5']);
  });

  it('finds a lost event, a row behind its events and events without a row', async () => {
    const event = `insert into order_events values ('${ORDER}', 3, 'payment-authorised', 1, now(), '{}')`;
    const noEvent = `delete from order_events where order_id = '${ORDER}' and version = 3`;
    expect(await planted('order', noEvent, event)).toEqual(['I10']);
    expect(await planted('order', 'update orders set version = 5', 'update orders set version = 6')).toEqual(['I10']);
    const row = `insert into orders (order_id, user_id, status, version) values ('${ORDER}', 'alice', 'confirmed', 6)`;
    expect(await planted('order', 'delete from orders', row)).toEqual(['I10']);
  });

  it('finds money taken twice', async () => {
    const second = '0193f5b0-1a40-7f00-8a01-aa10bb20cc31';
    const change = `insert into payments (payment_id, order_id, amount, currency, status) values ('${second}', '${ORDER}', 500, 'EUR', 'captured');
      insert into ledger (payment_id, order_id, kind, debit, credit, amount, currency)
      values ('${second}', '${ORDER}', 'authorise', 'customer', 'hold', 500, 'EUR'), ('${second}', '${ORDER}', 'capture', 'hold', 'shop', 500, 'EUR')`;
    const undo = `delete from ledger where payment_id = '${second}'; delete from payments where payment_id = '${second}'`;
    expect(await planted('payment', change, undo)).toEqual(['I9']);
  });

  it('finds a leader that wrote after its successor had begun', async () => {
    const term = (epoch: number, began: string, acted: string) =>
      `insert into leader_terms values ('supervisor', ${epoch}, 'h${epoch}', '${began}', '${acted}')`;
    const sound = `${term(1, '2026-01-01 12:00', '2026-01-01 12:05')}; ${term(2, '2026-01-01 12:05', '2026-01-01 12:09')}`;
    expect(await planted('order', sound, 'delete from leader_terms')).toEqual([]);
    const late = `${term(1, '2026-01-01 12:00', '2026-01-01 12:07')}; ${term(2, '2026-01-01 12:05', '2026-01-01 12:09')}`;
    expect(await planted('order', late, 'delete from leader_terms')).toEqual(['leader']);
  });

  it('says what to do about a shop of an older release', async () => {
    await run('order', 'alter table outbox_parked rename to not_yet');
    const older = readLedgers(urls).finally(() => run('order', 'alter table not_yet rename to outbox_parked'));
    await expect(older).rejects.toThrow('the tables of order are not as expected');
  });

  it('finds an unsent message, and a call that needs a person', async () => {
    const outbox = `insert into outbox (lane, topic, key, headers, value) values (0, 't', 'k', '{}', '{}')`;
    expect(await planted('inventory', outbox, 'delete from outbox')).toEqual(['I11']);
    const parked = `insert into parked_messages (consumer, topic, key, partition, kafka_offset, headers) values ('c', 't', 'k', 0, '1', '{}')`;
    for (const service of ['inventory', 'order'] as const)
      expect(await planted(service, parked, 'delete from parked_messages')).toEqual(['parked']);
    const refused = `${outbox}; insert into outbox_parked (topic, key, outbox_id, lane, cause, next_at) values ('t', 'k', 1, 0, 'too large', now())`;
    for (const service of ['inventory', 'order'] as const)
      expect(await planted(service, refused, 'delete from outbox; delete from outbox_parked')).toEqual(['parked']);
    const stuck = `insert into sagas (order_id, phase, state, stuck_since) values ('${ORDER}', 'running', '{}', now())`;
    expect(await planted('order', stuck, 'delete from sagas')).toEqual(['parked']);
    const call = `insert into remote_calls (order_id, operation, payload, context, complete_by, needs_attention)
      values ('${ORDER}', 'capture', '{}', '{}', now(), true)`;
    expect(await planted('order', call, 'delete from remote_calls')).toEqual(['parked']);
  });
});
