import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { mendKafkaJs } from './kafkajs-mended.js';

const EMPTY = { rawMessages: [] };
const FULL = { rawMessages: [{}] };

beforeAll(() => {
  ConsumerGroup.prototype.fetch = () => Promise.resolve([EMPTY, FULL, EMPTY]);
  mendKafkaJs();
  mendKafkaJs();
});

describe('the request queue of kafkajs', () => {
  let queue: RequestQueue;
  afterEach(() => queue.destroy());

  it('does not look again where nothing waits', () => {
    queue = new RequestQueue({ clientId: 'a', broker: 'b' });
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it('looks again while the broker holds us back', () => {
    queue = new RequestQueue({ clientId: 'a', broker: 'b' });
    queue.throttledUntil = Date.now() + 60_000;
    queue.pending.push({});
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    expect(queue.pending).toHaveLength(1);
  });
});

describe('a fetch of kafkajs', () => {
  it('hands on only partitions that brought something, also if nobody sees it in the end', async () => {
    const group = Object.create(ConsumerGroup.prototype) as ConsumerGroup;
    expect(await group.fetch(1)).toEqual([FULL]);
  });
});
