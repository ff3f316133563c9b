import { describe, expect, it } from '@jest/globals';
import type { KafkaDriver } from './kafka-port.js';
import { checkTopics } from './topics.js';

describe('the check of the topics', () => {
  const broker = (found: Record<string, number>) =>
    ({ partitions: async () => new Map(Object.entries(found)) }) as unknown as KafkaDriver;
  const wanted = ['a', 'b', 'c'].map((name) => ({ name, partitions: 12 }));

  it('is content when the broker has what the contracts say', async () => {
    await expect(checkTopics(broker({ a: 12, b: 12, c: 12 }), wanted)).resolves.toBeUndefined();
  });

  it('names every topic that is missing or has other partitions, and what to do', async () => {
    const check = checkTopics(broker({ a: 12, b: 3 }), wanted);
    await expect(check).rejects.toThrow(
      /: b \(3 partitions instead of 12\), c \(0 partitions instead of 12\)\..*souk up/,
    );
  });
});
