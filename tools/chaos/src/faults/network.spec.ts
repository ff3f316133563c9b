import { describe, expect, it } from '@jest/globals';
import { faultOf } from './fault-of.mother.ts';

const read = (kind: string, parameters: object) => faultOf(kind).read(parameters);

describe('faults of the network', () => {
  it.each([
    [
      { link: 'gateway->catalog', toxic: { type: 'latency', latency: 200 } },
      'latency 200, jitter 0 (down) on gateway->catalog',
    ],
    [
      { link: 'order->kafka', toxic: { type: 'down', direction: 'up', toxicity: 0.5 } },
      'down (up, 50 % of connections) on order->kafka',
    ],
    [
      { link: 'order->postgres', toxic: { type: 'limit_data', bytes: 10 } },
      'limit_data bytes 10 (down) on order->postgres',
    ],
  ])('say what they do: %j', (parameters, says) => {
    expect(read('network', parameters).says).toBe(says);
  });

  it.each([
    [
      'a link that there is not',
      { link: 'catalog->kafka2', toxic: { type: 'down' } },
      'there is no link catalog->kafka2',
    ],
    ['no toxic', { link: 'gateway->catalog' }, 'a toxic is an object'],
    ['a toxic that there is not', { link: 'gateway->catalog', toxic: { type: 'lag' } }, 'type must be one of'],
    [
      'a number that makes no sense',
      { link: 'gateway->catalog', toxic: { type: 'latency', latency: -1 } },
      'latency must be',
    ],
    ['what nobody knows', { link: 'gateway->catalog', toxic: { type: 'down' }, lasts: 1 }, 'lasts'],
  ])('refuse %s', (_, parameters, message) => {
    expect(() => read('network', parameters)).toThrow(message);
  });

  it('may count only', () => {
    expect(read('watch-link', { link: 'gateway->inventory' }).says).toBe(
      'what goes over gateway->inventory is counted',
    );
    expect(() => read('watch-link', { link: 'gateway->moon' })).toThrow('there is no link');
  });
});
