import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { Regular } from './support/customer.ts';
import { souk, soukOk } from './support/souk.ts';

const MEMBERS = ['catalog', 'inventory', 'order', 'order-query', 'recommendation', 'gateway'];

let customer: Regular;

/** The next commands start services with this driver. */
function choose(driver: 'kafkajs' | 'platformatic'): void {
  process.env.SOUK_KAFKA_DRIVER = driver;
}

async function confirmsOrders(first: number, count: number): Promise<void> {
  const orderIds = await Promise.all(Array.from({ length: count }, (_, i) => customer.order(first + i)));
  for (const orderId of orderIds) {
    if (orderId === undefined) throw new Error('an order was not accepted');
    await waitFor('the order is confirmed', 20_000, async () => (await customer.finalStatus(orderId)) === 'confirmed');
  }
}

beforeAll(async () => {
  await soukOk('down', '--purge');
  choose('platformatic');
  await soukOk('up', '--infra', 'embedded');
  customer = await Regular.open();
}, 300_000);

afterAll(async () => {
  delete process.env.SOUK_KAFKA_DRIVER;
  customer?.customer.history.close();
  await souk('down', '--purge');
}, 120_000);

describe('the shop on the other Kafka driver', () => {
  it('confirms orders', () => confirmsOrders(0, 10), 60_000);

  it('goes on where it was with the first driver again', async () => {
    choose('kafkajs');
    await soukOk('restart', ...MEMBERS);
    await confirmsOrders(100, 5);
    const { result, output } = await souk('audit');
    expect({ status: result['status'], output }).toMatchObject({ status: 'ok' });
  }, 120_000);
});
