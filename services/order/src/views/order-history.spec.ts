import { describe, expect, it } from '@jest/globals';
import { asFacts, at, NOON, path } from '../test/order.mother.js';
import { historyAt, historyOf } from './order-history.js';

const alice = { sub: 'alice', roles: [] };
const root = { sub: 'root', roles: ['admin' as const] };
const facts = asFacts(path.shipped);

describe('the history of an order', () => {
  it('ES-13: says who, when and why', () => {
    const told = asFacts(path.placed, { actor: 'user/alice', correlation_id: 'a-request', causation_id: 'a-message' });
    expect(historyOf(told, alice)).toMatchObject([
      { type: 'placed', at: NOON, actor: 'user/alice', correlationId: 'a-request', causationId: 'a-message' },
    ]);
    expect(Object.keys(historyOf(asFacts(path.placed), alice)[0] ?? {})).not.toContain('actor');
  });

  it('shows customers the shop and admins who it was', () => {
    const shipped = asFacts(path.shipped, { actor: 'user/root' });
    expect(historyOf(shipped, alice)[6]).toMatchObject({ type: 'shipped', actor: 'shop' });
    expect(historyOf(shipped, root)[6]).toMatchObject({ type: 'shipped', actor: 'user/root' });
    expect(historyOf(asFacts(path.shipped, { actor: 'service/inventory' }), alice)[1]?.actor).toBe('service/inventory');
  });

  it.each([
    ['before the order', '2026-01-01T11:59:59.999Z', undefined, 0],
    ['at its first moment', NOON, 'placed', 1],
    ['between two events', '2026-01-01T12:00:02.500Z', 'payment-authorised', 3],
    ['at two events of one moment', at(4), 'confirmed', 6],
    ['later than everything', '2030-01-01T00:00:00.000Z', 'shipped', 7],
  ])('ES-3: %s, the order is what it was then', (_, time, status, version) => {
    const past = historyAt(facts, alice, time);
    expect([past.order?.status, past.order?.version ?? 0, past.events.length]).toEqual([status, version, version]);
  });

  it('never leaves an event out where clocks differ', () => {
    const skewed = facts.map((fact) => (fact.version === 3 ? { ...fact, at: at(60) } : fact));
    expect(historyAt(skewed, alice, at(10)).order).toMatchObject({ status: 'stock-reserved', version: 2 });
  });
});
