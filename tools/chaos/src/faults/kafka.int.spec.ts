import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { shopContext } from '../../../cli/src/shop/context.ts';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { kafkaClient, lagOf, produce, rewind, withAdmin } from '../stores/kafka.ts';
import { recordsSince } from '../stores/recent-records.ts';
import { sendAgain } from './kafka-duplicate.ts';
import { poisoned } from './kafka-poison.ts';
import { Trial } from './injecting.mother.ts';

const WITHIN_MS = 20_000;
const TOPIC = `chaos.${randomBytes(4).toString('hex')}.v1`;
const PARTITIONS = 3;

describe('faults of Kafka', () => {
  const brokers = shopContext(process.env['SOUK_INSTANCE'] ?? 'default').urls['KAFKA_URL'] ?? '';
  let trial: Trial;

  beforeAll(() =>
    withAdmin(brokers, async (admin) => {
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
    }),
  );
  afterAll(() => withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [TOPIC] })));
  beforeEach(() => {
    trial = new Trial({ urls: { KAFKA_URL: brokers } });
  });
  afterEach(() => trial.heal());

  const event = (key: string, version: number) => ({
    key,
    value: `{"version":${version}}`,
    headers: { ce_id: randomUUID(), ce_aggregateversion: String(version) },
  });
  const seen = async (since: number) =>
    (await recordsSince(brokers, TOPIC, since)).map(({ key, headers, partition }) => ({
      key: key?.toString() ?? '',
      version: Number(headers['ce_aggregateversion']),
      id: headers['ce_id']?.toString(),
      partition,
    }));
  const versionsOf = async (key: string, since: number): Promise<number[]> =>
    (await seen(since)).filter((one) => one.key === key).map(({ version }) => version);

  it('finds what came since a time, and nothing older', async () => {
    await produce(brokers, TOPIC, [event('old', 1)]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const since = Date.now();
    expect(await seen(since)).toEqual([]);
    await produce(brokers, TOPIC, [event('new', 1), event('new', 2)]);
    expect((await seen(since)).map(({ key, version }) => `${key} ${version}`)).toEqual(['new 1', 'new 2']);
  });

  it('sends the same messages once more: ids, keys, order and partitions', async () => {
    const since = Date.now();
    await produce(brokers, TOPIC, [event('a', 1), event('b', 1), event('a', 2)]);
    await trial.inject('kafka-duplicate', { topic: TOPIC, last: `${Date.now() - since + 1_000}ms` });
    expect(await versionsOf('a', since)).toEqual([1, 2, 1, 2]);
    const all = (await seen(since)).filter(({ key }) => key === 'a' || key === 'b');
    expect(all).toHaveLength(6);
    expect(new Set(all.map(({ id }) => id)).size).toBe(3);
    expect(new Set(all.filter(({ key }) => key === 'b').map(({ partition }) => partition)).size).toBe(1);
  });

  it('sends them in reverse, so that the first of a key comes last', async () => {
    const since = Date.now();
    await produce(brokers, TOPIC, [event('c', 1), event('c', 2), event('c', 3)]);
    await trial.inject('kafka-reorder', { topic: TOPIC, last: '60s' });
    expect((await versionsOf('c', since)).slice(-3)).toEqual([3, 2, 1]);
  });

  it('sends nothing where nothing came', async () => {
    await sendAgain(trial.injecting(), [TOPIC], -1_000, (records) => records);
    expect(trial.notes).toEqual([`0 messages of ${TOPIC} sent again`]);
  });

  it('counts what a group has not read, and lets it read all of it again', async () => {
    const group = `chaos-${randomUUID()}`;
    await produce(brokers, TOPIC, [event('d', 1)]);
    const all = await lagOf(brokers, group, TOPIC);
    expect(all).toBeGreaterThan(0);
    await readAll(group);
    expect(await lagOf(brokers, group, TOPIC)).toBe(0);
    await produce(brokers, TOPIC, [event('d', 2)]);
    expect(await lagOf(brokers, group, TOPIC)).toBe(1);
    await rewind(brokers, group, [TOPIC]);
    expect(await lagOf(brokers, group, TOPIC)).toBe(all + 1);
    await withAdmin(brokers, (admin) => admin.deleteGroups([group]));
  });

  async function readAll(groupId: string): Promise<void> {
    const consumer = kafkaClient(brokers).consumer({ groupId });
    await consumer.connect();
    await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
    await consumer.run({ eachMessage: async () => undefined });
    await waitFor('all is read', WITHIN_MS, async () => (await lagOf(brokers, groupId, TOPIC)) === 0);
    await consumer.disconnect();
  }

  it('takes poison of every kind, of nearly 1 MiB too', async () => {
    const since = Date.now();
    const kinds = ['bytes', 'wrong-shape', 'huge', 'unknown-type'] as const;
    await produce(
      brokers,
      TOPIC,
      kinds.map((kind) => poisoned(kind, 'reserve-stock.v1', kind)),
    );
    const records = await recordsSince(brokers, TOPIC, since);
    const sizes = Object.fromEntries(records.map(({ key, value }) => [String(key), value?.length]));
    expect(sizes).toEqual({ bytes: 4, 'wrong-shape': 13, huge: 900_011, 'unknown-type': 16 });
  });

  it('puts poison on a topic, each with a key of its own, and counts it', async () => {
    const since = Date.now();
    // More huge ones than there are partitions: two of them come to one.
    const count = PARTITIONS + 1;
    await trial.inject('kafka-poison', { topic: TOPIC, kinds: ['bytes', 'huge'], count, type: 'reserve-stock.v1' });
    const records = await recordsSince(brokers, TOPIC, since);
    const sizes = records.map(({ value }) => value?.length);
    expect([4, 900_011].map((size) => sizes.filter((one) => one === size).length)).toEqual([count, count]);
    expect(new Set(records.map(({ key }) => String(key))).size).toBe(2 * count);
    expect(trial.counted.get('messages.poisoned')).toBe(2 * count);
  });

  it('gives up the dead letters that it has made, and no others', async () => {
    // Nothing came there, so its readers have looked at all of it.
    const empty = TOPIC.replace('chaos.', 'chaos.empty.');
    await withAdmin(brokers, (admin) => admin.createTopics({ waitForLeaders: true, topics: [{ topic: empty }] }));
    const letters = ['ours', 'real', 'elsewhere'].map((id) => ({ id, key: id === 'elsewhere' ? 'k9' : 'k1' }));
    const discarded: string[] = [];
    const api = {
      expect: async (_statuses: number[], method: string, path: string) => {
        if (method === 'POST') discarded.push(path);
        return { items: letters, missing: [] };
      },
      send: async (_method: string, path: string) => ({
        status: 200,
        body: { headers: { ce_source: path.endsWith('/real') ? '/souk/order' : '/souk/chaos' } },
      }),
    };
    const away = new Trial({ urls: { KAFKA_URL: brokers }, verbs: { api: api as never } });
    away.waysBack.push({ undo: 'give-up-poison', with: { group: 'order', topic: empty, keys: ['k1'] }, says: '' });
    await away.undo();
    await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [empty] }));
    expect(discarded).toEqual(['/api/admin/dead-letters/order/ours/discard']);
  });

  it('makes topics that are missing as contracts say, however often', async () => {
    trial.waysBack.push({ undo: 'make-topics', with: {}, says: '' });
    await trial.undo();
    await trial.undo();
  });

  it('refuses to delete what the shop cannot heal', async () => {
    await expect(async () => trial.inject('kafka-topic-loss', { topic: 'order.events.v1' })).rejects.toThrow();
    expect(trial.waysBack).toEqual([]);
  });
});
