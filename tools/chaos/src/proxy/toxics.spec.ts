import { describe, expect, it } from '@jest/globals';
import { isToxicType, parseToxic, TOXICS } from './toxics.ts';

describe('a toxic', () => {
  it('has the numbers it is given, and those that go without saying', () => {
    expect(parseToxic({ type: 'latency', latency: 200 })).toEqual({
      type: 'latency',
      direction: 'down',
      toxicity: 1,
      attributes: { latency: 200, jitter: 0 },
    });
  });

  it('is done to what the client sends where only that can be done again or in another order', () => {
    expect(parseToxic({ type: 'duplicate' }).direction).toBe('up');
    expect(parseToxic({ type: 'reorder' }).attributes).toEqual({ wait: 200, share: 0.5 });
    expect(() => parseToxic({ type: 'duplicate', direction: 'down' })).toThrow('its direction is up');
  });

  it.each([
    ['nothing', undefined, 'is an object'],
    ['null', null, 'is an object'],
    ['an unknown type', { type: 'lag' }, 'type must be one of latency, down'],
    ['a type that objects have', { type: 'toString' }, 'type must be one of'],
    ['a missing number', { type: 'latency' }, 'latency must be a number from 0 to 3600000'],
    ['a negative time', { type: 'latency', latency: -1 }, 'latency must be a number'],
    ['a number in letters', { type: 'latency', latency: '200' }, 'latency must be a number'],
    ['not a number', { type: 'latency', latency: Number.NaN }, 'latency must be a number'],
    ['a rate of nothing', { type: 'bandwidth', rate: 0 }, 'rate must be a number from 1'],
    ['an attribute of another', { type: 'down', latency: 1 }, 'down has no "latency"'],
    ['a direction that there is not', { type: 'down', direction: 'upstream' }, 'direction must be up or down'],
    ['more than all connections', { type: 'down', toxicity: 1.1 }, 'toxicity must be a number from 0 to 1'],
  ])('refuses %s', (_, raw, message) => {
    expect(() => parseToxic(raw)).toThrow(message);
  });

  it.each(Object.keys(TOXICS))('%s can be read from its own output', (type) => {
    const given = { type, latency: 1, rate: 2, delay: 3, average_size: 4, bytes: 5 };
    const expected = isToxicType(type) ? Object.keys(TOXICS[type]) : [];
    const fitting = Object.fromEntries(Object.entries(given).filter(([name]) => ['type', ...expected].includes(name)));
    const { attributes, ...rest } = parseToxic(fitting);
    expect(parseToxic({ ...rest, ...attributes })).toEqual({ ...rest, attributes });
  });
});
