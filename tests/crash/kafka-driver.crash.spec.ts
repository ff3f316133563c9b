import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { shopContext } from '../../tools/cli/src/shop/context.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { Regular } from './support/customer.ts';
import { INSTANCE, purge, souk, soukOk } from './support/souk.ts';

const MEMBERS = ['catalog', 'inventory', 'order', 'order-query', 'recommendation', 'gateway'];
/** What each driver calls its assignment: the broker tells it of every group, and of nobody else's. */
const PROTOCOLS = { kafkajs: 'RoundRobinAssigner', platformatic: 'roundrobin' } as const;
const GROUPS = ['inventory', 'order', 'order-query', 'recommendation'];

let customer: Regular;

/** The next commands start services with this driver. */
function choose(driver: keyof typeof PROTOCOLS): void {
  process.env.SOUK_KAFKA_DRIVER = driver;
}

/** Each consumer group with the protocol that its members speak; waits until all are joined. */
async function protocols(): Promise<Record<string, string>> {
  const brokers = (shopContext(INSTANCE).urls['KAFKA_URL'] ?? '').split(',');
  const admin = new Kafka({ clientId: 'kafka-driver-spec', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const groups = await waitFor('every group has its members', 60_000, async () => {
      const { groups: found } = await admin.describeGroups(GROUPS);
      return found.every(({ state, members }) => state === 'Stable' && members.length > 0) && found;
    });
    return Object.fromEntries(groups.map(({ groupId, protocol }) => [groupId, protocol]));
  } finally {
    await admin.disconnect();
  }
}

const allSpeak = (driver: keyof typeof PROTOCOLS): Record<string, string> =>
  Object.fromEntries(GROUPS.map((group) => [group, PROTOCOLS[driver]]));

async function confirmsOrders(first: number, count: number): Promise<void> {
  const orderIds = await Promise.all(Array.from({ length: count }, (_, i) => customer.order(first + i)));
  for (const orderId of orderIds) {
    if (orderId === undefined) throw new Error('an order was not accepted');
    await waitFor('the order is confirmed', 20_000, async () => (await customer.finalStatus(orderId)) === 'confirmed');
  }
}

beforeAll(async () => {
  await purge();
  choose('platformatic');
  await soukOk('up', '--infra', 'embedded');
  customer = await Regular.open();
}, 300_000);

afterAll(async () => {
  delete process.env.SOUK_KAFKA_DRIVER;
  customer?.customer.history.close();
  await purge();
}, 120_000);

describe('the shop on the other Kafka driver', () => {
  it('runs on it', async () => expect(await protocols()).toEqual(allSpeak('platformatic')), 90_000);

  it('confirms orders', () => confirmsOrders(0, 10), 60_000);

  it('goes on where it was with the first driver again', async () => {
    choose('kafkajs');
    await soukOk('restart', ...MEMBERS);
    expect(await protocols()).toEqual(allSpeak('kafkajs'));
    await confirmsOrders(100, 5);
    const { result, output } = await souk('audit');
    expect({ status: result['status'], output }).toMatchObject({ status: 'ok' });
  }, 180_000);
});
