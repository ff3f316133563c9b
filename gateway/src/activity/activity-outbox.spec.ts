import { describe, expect, it } from '@jest/globals';
import { topics } from '@souk/contracts';
import type { ProducerRecord } from '@souk/kafka';
import type { OutgoingMessage } from '@souk/outbox';
import { Metrics } from '@souk/observability';
import { waitFor } from '@souk/testing';
import { ActivityOutbox } from './activity-outbox.js';

const CAPACITY = 2_000;
const event = (n: number): OutgoingMessage => ({
  topic: topics.activity,
  key: 'alice',
  type: 'product.viewed.v1',
  data: { n },
  id: `id-${n}`,
  time: new Date(0),
});

/** A broker that can be away. */
class Broker {
  readonly batches: (readonly ProducerRecord[])[] = [];
  isAway = false;
  refused = 0;
  isClosed = false;
  async send(records: readonly ProducerRecord[]): Promise<void> {
    if (this.isAway) {
      this.refused++;
      throw new Error('away');
    }
    this.batches.push(records);
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
  get numbers(): number[] {
    return this.batches.flat().map(({ value }) => (JSON.parse(value) as { n: number }).n);
  }
}

function setUp() {
  const broker = new Broker();
  const metrics = new Metrics();
  const outbox = new ActivityOutbox(broker, metrics, { lingerMs: 5, retryMs: 5 });
  const count = (outcome: string): number =>
    Number(new RegExp(`souk_activity_events_total\\{outcome="${outcome}"\\} (\\d+)`).exec(metrics.render())?.[1]);
  return { broker, outbox, count };
}

describe('the activity outbox', () => {
  it('publishes what came together in one batch, in order, a moment later', async () => {
    const { broker, outbox, count } = setUp();
    for (let n = 0; n < 10; n++) outbox.add(event(n));
    expect(broker.batches).toEqual([]);
    await waitFor(() => broker.batches.length > 0, { what: 'the batch' });
    expect(broker.batches.map((batch) => batch.length)).toEqual([10]);
    expect(broker.numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(broker.batches[0]?.[0]).toMatchObject({
      topic: 'activity.v1',
      key: 'alice',
      headers: { ce_id: 'id-0', ce_type: 'product.viewed.v1', ce_source: '/souk/gateway', ce_subject: 'alice' },
    });
    await waitFor(() => count('published') === 10, { what: 'the count' });
    await outbox.onApplicationShutdown();
  });

  it('drops the oldest while the broker is away, counts them, and goes on with the rest', async () => {
    const { broker, outbox, count } = setUp();
    broker.isAway = true;
    for (let n = 0; n < CAPACITY + 7; n++) outbox.add(event(n));
    expect(count('dropped')).toBe(7);
    broker.isAway = false;
    await waitFor(() => count('published') === CAPACITY, { what: 'the rest' });
    expect([broker.numbers[0], broker.numbers.at(-1)]).toEqual([7, CAPACITY + 6]);
    expect(Math.max(...broker.batches.map((batch) => batch.length))).toBe(500);
    await outbox.onApplicationShutdown();
  });

  it('sends again what the broker did not take', async () => {
    const { broker, outbox } = setUp();
    broker.isAway = true;
    outbox.add(event(1));
    await waitFor(() => broker.refused > 0, { what: 'the first try' });
    broker.isAway = false;
    await waitFor(() => broker.numbers.length > 0, { what: 'the second try' });
    expect(broker.numbers).toEqual([1]);
    await outbox.onApplicationShutdown();
  });

  it('sends what is left when the process stops', async () => {
    const { broker, outbox, count } = setUp();
    outbox.add(event(1));
    await outbox.onApplicationShutdown();
    expect([broker.numbers, broker.isClosed, count('published'), count('dropped')]).toEqual([[1], true, 1, 0]);
  });

  it('stops all the same while the broker is away, and says what is lost', async () => {
    const { broker, outbox, count } = setUp();
    broker.isAway = true;
    outbox.add(event(1));
    await outbox.onApplicationShutdown();
    expect([count('dropped'), broker.isClosed]).toEqual([1, true]);
  });
});
