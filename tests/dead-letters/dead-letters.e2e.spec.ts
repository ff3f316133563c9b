import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DeadLetterList, DeadLetterResult, Product } from '@souk/contracts';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { REPO_ROOT } from '../../tools/cli/src/home.ts';
import { shopContext } from '../../tools/cli/src/shop/context.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { Shop } from '../e2e/support/shop.ts';

const INSTANCE = process.env.SOUK_INSTANCE ?? 'default';
const VISIBLE_MS = 30_000;
const COMMANDS = 'inventory.commands.v1';
const EVENTS = 'order.events.v1';

/** What no service of ours would send, so it goes to the broker directly; hence not among the specs that a cluster runs too. */
describe('poison messages', () => {
  let shop: Shop;
  let producer: Producer;
  let ware: Product;

  beforeAll(async () => {
    shop = await Shop.open();
    const brokers = [shopContext(INSTANCE).urls.KAFKA_URL ?? ''];
    producer = new Kafka({ brokers, clientId: 'poisoner', logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    ware = await shop.newProduct(5);
  });
  afterAll(async () => {
    await producer.disconnect();
    await shop.tidyUp();
  });

  const put = async (topic: string, key: string, type: string, value: string): Promise<void> => {
    const headers = {
      ce_specversion: '1.0',
      ce_id: randomUUID(),
      ce_type: type,
      ce_source: '/tests',
      ce_time: new Date().toISOString(),
    };
    await producer.send({ topic, acks: -1, messages: [{ key, value, headers }] });
  };
  const listed = async (key: string): Promise<DeadLetterList> =>
    shop.api.expect([200], 'GET', `/api/admin/dead-letters?key=${key}`, { token: await shop.admin() });
  const untilListed = (key: string, count: number) =>
    waitFor(`${count} dead letters of ${key}`, VISIBLE_MS, async () => {
      const { items } = await listed(key);
      return items.length === count ? items : false;
    });
  const souk = async (...args: string[]): Promise<Record<string, unknown>> => {
    const command = [...args, '--json', '--instance', INSTANCE];
    const { stdout } = await promisify(execFile)(join(REPO_ROOT, 'souk'), command).catch(
      // Exit code 1 says that something is still dead; what, stands in the last line all the same.
      (error: unknown) => error as { stdout: string },
    );
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
  };

  it('row 49, CC-4: a poison message is set aside, its key waits, every other order goes on', async () => {
    const orderId = randomUUID();
    await put(COMMANDS, orderId, 'reserve-stock.v1', '{"orderId":7}');
    await put(
      COMMANDS,
      orderId,
      'release-reservation.v1',
      JSON.stringify({ orderId, lines: [{ sku: ware.sku, quantity: 1 }] }),
    );
    const [letter] = await untilListed(orderId, 1);
    expect(letter).toMatchObject({ service: 'inventory', kind: 'message', topic: COMMANDS, attempts: 1 });
    await waitFor(
      'the release waits behind it',
      VISIBLE_MS,
      async () => (await listed(orderId)).items[0]?.waiting === 1,
    );

    const order = await shop.placed(await shop.newCustomer(), {
      lines: [{ sku: ware.sku, quantity: 1 }],
      total: 1_250,
    });
    expect(order.status).toBe('confirmed');

    const id = letter?.id ?? '';
    const path = `/api/admin/dead-letters/inventory/${id}`;
    const token = await shop.admin();
    expect(await shop.api.expect([200], 'GET', path, { token })).toMatchObject({ value: '{"orderId":7}' });
    expect(await shop.api.expect<DeadLetterResult>([200], 'POST', `${path}/replay`, { token })).toMatchObject({
      outcome: 'still-dead',
      waiting: 1,
    });
    expect(await souk('dlq', 'replay', id)).toMatchObject({ status: 'failed', results: [{ outcome: 'still-dead' }] });
    expect(await souk('dlq', 'show', id)).toMatchObject({ status: 'ok', deadLetter: { attempts: 3, waiting: 1 } });

    expect(await souk('dlq', 'discard', id)).toMatchObject({
      status: 'ok',
      results: [{ id, action: 'discard', outcome: 'released', applied: 1, waiting: 0 }],
    });
    expect((await listed(orderId)).items).toEqual([]);
    expect((await shop.api.send('POST', `${path}/discard`, { token })).status).toBe(404);
  });

  it('CC-5: one message that three services cannot read is three dead letters, settled by key with one command', async () => {
    const orderId = randomUUID();
    await put(EVENTS, orderId, 'order.cancelled.v1', 'no json');
    const letters = await untilListed(orderId, 3);
    expect(letters.map(({ service, kind }) => `${service} ${kind}`).sort()).toEqual([
      'inventory message',
      'order-query view',
      'recommendation view',
    ]);
    expect(await souk('dlq', 'list', '--key', orderId)).toMatchObject({ total: 3, missing: [] });
    const replayed = await souk('dlq', 'replay', '--all', '--key', orderId, '--service', 'order-query');
    expect(replayed).toMatchObject({ status: 'failed', results: [{ service: 'order-query', outcome: 'still-dead' }] });
    const discarded = await souk('dlq', 'discard', '--all', '--key', orderId);
    expect(discarded).toMatchObject({ status: 'ok' });
    expect(discarded.results).toHaveLength(3);
    expect((await listed(orderId)).items).toEqual([]);
  });

  it('is for administrators', async () => {
    const token = await shop.newCustomer();
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/order/x'],
      ['POST', '/order/x/replay'],
      ['POST', '/order/x/discard'],
    ] as const)
      expect((await shop.api.send(method, `/api/admin/dead-letters${path}`, { token })).status).toBe(403);
  });
});
