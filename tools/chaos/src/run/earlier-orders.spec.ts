import { describe, expect, it } from '@jest/globals';
import { agree, compareLedgers } from '../../../cli/src/shop/audit/checks.ts';
import type { Facts } from '../../../cli/src/shop/audit/facts.ts';
import { compareEarlier, earlierOrders } from './earlier-orders.ts';
import { factsOf, orderFact } from './facts.mother.ts';
import { scopeTo } from './scope.ts';

const watched = (before: Facts, most?: number) => [...earlierOrders(before, most).watched.keys()].sort();

describe('orders of before a run', () => {
  it('are watched where all books agreed on them', () => {
    const earlier = earlierOrders(factsOf(['o1', 'o2']));
    expect([...earlier.watched]).toEqual([
      ['o2', 6],
      ['o1', 6],
    ]);
    expect([earlier.leftOut.size, earlier.wrong, earlier.older]).toEqual([0, 0, 0]);
  });

  it.each<[string, (facts: Facts) => Partial<Facts>]>([
    ['has not ended', ({ orders }) => ({ orders: [orderFact('o1', ['placed']), ...orders.slice(1)] })],
    ['has no stock', ({ reservations }) => ({ reservations: reservations.slice(1) })],
    ['was not paid', ({ payments }) => ({ payments: payments.slice(1) })],
    ['has no basket', () => ({ baskets: new Map([['o2', { counts: true, skus: ['TEA'] }]]) })],
    [
      'has a message that waits for a person',
      () => ({
        queues: [
          {
            service: 'order',
            outbox: 0,
            parked: 1,
            parkedKeys: [{ consumer: 'order', topic: 't', key: 'o1', cause: null }],
          },
        ],
      }),
    ],
    [
      'is in no list',
      () => ({
        views: {
          found: new Map([['o2', { version: 6, print: 'p' }]]),
          folded: new Map(['o1', 'o2'].map((orderId) => [orderId, { version: 6, print: 'p' }])),
        },
      }),
    ],
  ])('are left out, and counted, where one %s', (_, wrong) => {
    const sound = factsOf(['o1', 'o2']);
    const earlier = earlierOrders({ ...sound, ...wrong(sound) });
    expect([[...earlier.watched.keys()], [...earlier.leftOut], earlier.wrong]).toEqual([['o2'], ['o1'], 1]);
  });

  it('are the newest where there are many', () => {
    expect(watched(factsOf(['o3', 'o1', 'o2']), 2)).toEqual(['o2', 'o3']);
    expect(earlierOrders(factsOf(['o3', 'o1', 'o2']), 2)).toMatchObject({ older: 1, wrong: 0 });
  });

  it('of which no order is left anywhere but in the books of others are left out, too', () => {
    const { payments } = factsOf(['o1', 'gone']);
    const earlier = earlierOrders(factsOf(['o1'], { payments }));
    expect([[...earlier.leftOut], earlier.wrong]).toEqual([['gone'], 1]);
  });
});

describe('what a run has done to orders of before', () => {
  const before = earlierOrders(factsOf(['o1', 'o2']));

  it('is nothing where they are as they were, or went on', () => {
    const [same] = compareEarlier(before, factsOf(['o1', 'o2', 'new']));
    expect(same).toMatchObject({ id: 'I1', compared: '2 orders', differences: [] });
    const returned = { orders: [orderFact('o1', [...orderFact('o1').events.map(({ type }) => type), 'shipped'])] };
    expect(compareEarlier(before, { orders: [...returned.orders, orderFact('o2')] })[0]?.differences).toEqual([]);
  });

  it('is seen where one is gone, or has gone back', () => {
    expect(compareEarlier(before, { orders: [orderFact('o2', ['placed'])] })[0]?.differences).toEqual([
      'order o2 was at version 6 before, and is at 1',
      'order o1 was there before, and is gone',
    ]);
  });

  it('is seen in all books, which was not so while they were left out', () => {
    const after = factsOf(['o1', 'o2', 'new']);
    const damaged = { ...after, payments: after.payments.filter(({ orderId }) => orderId !== 'o1') };
    const scope = { skus: new Set<string>(), lateTerms: new Set<string>() };
    const found = (earlier: ReadonlySet<string>) => compareLedgers(scopeTo(damaged, { ...scope, earlier }));
    expect(agree(found(before.leftOut))).toBe(false);
    expect(agree(found(new Set(['o1', 'o2'])))).toBe(true);
  });

  it('says who was left out, and nothing of a shop that had none', () => {
    const { payments } = factsOf(['o2', 'o3']);
    const [said] = compareEarlier(earlierOrders(factsOf(['o1', 'o2', 'o3'], { payments }), 1), factsOf(['o3']));
    expect(said?.compared).toBe('1 orders, without 1 that were not right then and 1 older ones');
    expect(compareEarlier(earlierOrders(factsOf([])), factsOf(['new']))).toEqual([]);
    const [none] = compareEarlier(earlierOrders(factsOf(['o1'], { payments: [] })), factsOf(['o1']));
    expect(none?.compared).toBe('none, without 1 that were not right then');
  });
});

it('a leader that was late before is left out by what it led, too', () => {
  const terms = [
    { name: 'sagas', epoch: 3, actedLate: true },
    { name: 'sweeper', epoch: 3, actedLate: true },
  ];
  const scope = { earlier: new Set<string>(), skus: new Set<string>(), lateTerms: new Set(['sagas 3']) };
  expect(scopeTo(factsOf([], { terms }), scope).terms).toEqual([terms[1]]);
});
