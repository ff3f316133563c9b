import { describe, expect, it } from '@jest/globals';
import { newClusterId } from './kafka.ts';

describe('the id of a Kafka cluster', () => {
  it('never looks like an option of the command that takes it', () => {
    const drawn = [Buffer.alloc(16, 0xfb), Buffer.alloc(16, 0xfa), Buffer.alloc(16, 1)];
    const id = newClusterId(() => drawn.shift() ?? Buffer.alloc(16));
    expect(id).toBe(Buffer.alloc(16, 1).toString('base64url'));
    expect(id).toHaveLength(22);
  });
});
