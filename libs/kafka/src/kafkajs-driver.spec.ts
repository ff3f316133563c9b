import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { KafkaJsClient } from './kafkajs-client.js';
import { partitionsBy } from './kafkajs-driver.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const FOUND = { topics: [{ name: 't', partitions: [{}, {}] }] };

/** A client whose admin takes leave like this. */
function clientOf(disconnect: () => Promise<void>, fetchTopicMetadata: () => Promise<unknown> = async () => FOUND) {
  const end = jest.fn();
  const admin = () => ({ connect: async () => undefined, fetchTopicMetadata, disconnect });
  return { end, client: { kafka: { admin }, end } as unknown as KafkaJsClient };
}

describe('who asks for the partitions of topics', () => {
  it.each<[string, () => Promise<void>]>([
    ['is done', async () => undefined],
    ['fails', () => Promise.reject(new Error('the broker is gone'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('gets them and ends the client when its disconnect %s', async (_how, disconnect) => {
    const { end, client } = clientOf(disconnect);
    const asked = partitionsBy(client, ['t']);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await asked).toEqual(new Map([['t', 2]]));
    expect(end).toHaveBeenCalledTimes(1);
  });

  it('hears what was wrong with the question, not with the goodbye', async () => {
    const { end, client } = clientOf(
      () => Promise.reject(new Error('the broker is gone')),
      () => Promise.reject(new Error('no such topic')),
    );
    await expect(partitionsBy(client, ['t'])).rejects.toThrow('no such topic');
    expect(end).toHaveBeenCalledTimes(1);
  });
});
