import { describe, expect, it } from '@jest/globals';
import * as mother from '../test/order.mother.js';
import { decide } from './order-decisions.js';
import { evolve, fold, isFinal, type OrderCommand, type OrderEvent, type OrderStatus, transitions } from './order.js';

const { at, cancelledPaid, cancelRequested, path, PAYMENT_ID } = mother;
const NOW = at(60);

/** given events, when a command, then events; the events must also be applicable. */
const given = (...events: readonly OrderEvent[]) => ({
  when: (command: OrderCommand) => {
    const made = decide(command, fold(events));
    expect(() => fold([...events, ...made])).not.toThrow();
    return made;
  },
  refuses: (command: OrderCommand, code: string) =>
    expect(() => decide(command, fold(events))).toThrow(expect.objectContaining({ code })),
});

const types = (events: readonly OrderEvent[]) => events.map(({ type }) => type);
const cancel: OrderCommand = { type: 'request-cancel', at: NOW };
const abandon: OrderCommand = { type: 'abandon', at: NOW, reason: 'out-of-stock' };
const confirm: OrderCommand = { type: 'confirm', at: NOW, paymentId: PAYMENT_ID };

describe('placing', () => {
  it('begins the stream with what was ordered', () => {
    expect(given().when({ type: 'place', at: NOW, ...mother.details() })).toEqual([
      { type: 'placed', at: NOW, ...mother.details() },
    ]);
  });

  it('twice changes nothing', () => {
    expect(given(...path.placed).when({ type: 'place', at: NOW, ...mother.details() })).toEqual([]);
  });

  it('comes before everything else', () => {
    given().refuses(cancel, 'order-not-found');
  });
});

describe('the way to confirmed', () => {
  const steps: [OrderStatus, OrderCommand, string[]][] = [
    ['placed', { type: 'record-stock-reserved', at: NOW }, ['stock-reserved']],
    ['stock-reserved', { type: 'record-authorisation', at: NOW, paymentId: PAYMENT_ID }, ['payment-authorised']],
    ['payment-authorised', { type: 'record-stock-committed', at: NOW }, ['stock-committed']],
    ['stock-committed', confirm, ['payment-captured', 'confirmed']],
  ];

  it.each(steps)('goes on from %s', (from, command, events) => {
    expect(types(given(...path[from as keyof typeof path]).when(command))).toEqual(events);
  });

  it.each(steps)('takes no notice of a fact it knows: after %s', (_, command) => {
    expect(given(...path.confirmed).when(command)).toEqual([]);
  });

  it('ES-11: leaves no step out', () => {
    given(...path.placed).refuses({ type: 'record-stock-committed', at: NOW }, 'order-state');
    given(...path['payment-authorised']).refuses(confirm, 'order-state');
  });
});

describe('an order that cannot be fulfilled', () => {
  it.each(['placed', 'stock-reserved', 'payment-authorised'] as const)('is rejected from %s', (status) => {
    expect(given(...path[status]).when(abandon)).toEqual([{ type: 'rejected', at: NOW, reason: 'out-of-stock' }]);
  });

  it('is rejected once', () => {
    expect(given(...path.placed, { type: 'rejected', at: NOW, reason: 'out-of-stock' }).when(abandon)).toEqual([]);
  });

  it('ES-11: cannot be rejected once its stock is committed', () => {
    given(...path['stock-committed']).refuses(abandon, 'order-state');
  });
});

describe('cancelling', () => {
  it.each(['placed', 'stock-reserved', 'payment-authorised', 'stock-committed'] as const)(
    'is requested from %s',
    (status) => {
      expect(given(...path[status]).when(cancel)).toEqual([{ type: 'cancel-requested', at: NOW }]);
    },
  );

  it('ends as cancelled with nothing outstanding when it came in time', () => {
    const outstanding = { refund: false, stock: [] };
    expect(given(...path.placed, cancelRequested).when(abandon)).toEqual([{ type: 'cancelled', at: NOW, outstanding }]);
  });

  it.each([
    ['before the commit was answered', [...path['payment-authorised'], cancelRequested, mother.committed]],
    ['after it', [...path['stock-committed'], cancelRequested]],
  ])('that comes too late, %s, takes effect after the confirmation', (_, events) => {
    expect(types(given(...events).when(confirm))).toEqual(['payment-captured', 'confirmed', 'cancelled']);
  });

  it('of a confirmed order owes the customer money and the shop stock', () => {
    expect(given(...path.confirmed).when(cancel)).toEqual([{ ...cancelledPaid, at: NOW }]);
  });

  it('again changes nothing', () => {
    expect(given(...path.placed, cancelRequested).when(cancel)).toEqual([]);
    expect(given(...path.confirmed, cancelledPaid).when(cancel)).toEqual([]);
    const paidBack: OrderEvent[] = [
      { type: 'payment-refunded', at: NOW },
      { type: 'stock-returned', at: NOW, skus: ['TEAPOT', 'CUP'] },
      { type: 'refunded', at: NOW },
    ];
    expect(given(...path.confirmed, cancelledPaid, ...paidBack).when(cancel)).toEqual([]);
  });

  it('of a rejected order is refused', () => {
    given(...path.placed, { type: 'rejected', at: NOW, reason: 'payment-declined' }).refuses(
      cancel,
      'order-not-cancellable',
    );
  });
});

describe('shipping', () => {
  const ship: OrderCommand = { type: 'ship', at: NOW };

  it('is for confirmed orders', () => {
    expect(given(...path.confirmed).when(ship)).toEqual([{ type: 'shipped', at: NOW }]);
  });

  it.each(['placed', 'stock-reserved', 'payment-authorised', 'stock-committed'] as const)('waits at %s', (status) => {
    given(...path[status]).refuses(ship, 'order-not-shippable');
  });

  it('does not follow a cancellation', () => {
    given(...path.confirmed, cancelledPaid).refuses(ship, 'order-not-shippable');
    given(...path['payment-authorised'], cancelRequested).refuses(ship, 'order-not-shippable');
  });

  it('happens once', () => {
    expect(given(...path.shipped).when(ship)).toEqual([]);
    expect(given(...path['return-requested']).when(ship)).toEqual([]);
  });

  it('ends the time in which an order can be cancelled', () => {
    given(...path.shipped).refuses(cancel, 'order-not-cancellable');
    given(...path['return-requested']).refuses(cancel, 'order-not-cancellable');
  });
});

describe('returning', () => {
  const shippedAt = Date.parse(mother.at(7));
  const returnAfter = (days: number, ms = 0): OrderCommand => ({
    type: 'request-return',
    at: new Date(shippedAt + days * 86_400_000 + ms).toISOString(),
  });

  it('owes the customer money and the shop stock', () => {
    const command = returnAfter(1);
    const { outstanding } = cancelledPaid as Extract<OrderEvent, { type: 'cancelled' }>;
    expect(given(...path.shipped).when(command)).toEqual([{ type: 'return-requested', at: command.at, outstanding }]);
  });

  it('is possible up to the last moment of the terms of the order, and not later', () => {
    expect(types(given(...path.shipped).when(returnAfter(14)))).toEqual(['return-requested']);
    given(...path.shipped).refuses(returnAfter(14, 1), 'return-window-over');
    const [first, ...rest] = path.shipped;
    given({ ...first, returnDays: 0 } as OrderEvent, ...rest).refuses(returnAfter(0, 1), 'return-window-over');
  });

  it('is for shipped orders', () => {
    given(...path.confirmed).refuses(returnAfter(1), 'order-not-returnable');
    given(...path.placed).refuses(returnAfter(1), 'order-not-returnable');
    given(...path.confirmed, cancelledPaid).refuses(returnAfter(1), 'order-not-returnable');
  });

  it('is asked for once, also long after', () => {
    expect(given(...path['return-requested']).when(returnAfter(99))).toEqual([]);
    const settled: OrderEvent[] = [
      ...path['return-requested'],
      { type: 'payment-refunded', at: NOW },
      { type: 'stock-returned', at: NOW, skus: ['TEAPOT', 'CUP'] },
      { type: 'refunded', at: NOW },
    ];
    expect(given(...settled).when(returnAfter(99))).toEqual([]);
    expect(fold(settled)).toMatchObject({ status: 'refunded', shippedAt: mother.at(7) });
    given(...settled).refuses(cancel, 'order-not-cancellable');
  });
});

describe.each([
  ['cancelled', cancelledPaid],
  ['return-requested', mother.returnRequested],
] as const)('giving everything back of an order that is %s', (status, undone) => {
  const cancelled = status === 'cancelled' ? [...path.confirmed, undone] : [...path.shipped, undone];
  const refund: OrderCommand = { type: 'record-refund', at: NOW };
  const returned = (...skus: string[]): OrderCommand => ({ type: 'record-stock-returned', at: NOW, skus });
  const asEvents = (...commands: OrderCommand[]) =>
    commands.reduce<OrderEvent[]>((events, command) => [...events, ...given(...events).when(command)], cancelled);

  it.each([
    ['money last', [returned('TEAPOT'), returned('CUP'), refund]],
    ['stock last', [refund, returned('CUP'), returned('TEAPOT')]],
    ['all stock at once', [returned('CUP', 'TEAPOT'), refund]],
  ])('ends as refunded, %s', (_, commands) => {
    const events = asEvents(...commands);
    expect(events.at(-1)).toEqual({ type: 'refunded', at: NOW });
    expect(fold(events)?.status).toBe('refunded');
  });

  it('hears of each return once', () => {
    const events = asEvents(returned('CUP'), refund);
    expect(given(...events).when(returned('CUP'))).toEqual([]);
    expect(given(...events).when(refund)).toEqual([]);
  });

  it('is refused while nobody has cancelled', () => given(...path.confirmed).refuses(refund, 'order-state'));
});

describe('the lifecycle', () => {
  it.each(Object.entries(path))('folds to %s', (status, events) => {
    expect(fold(events)).toMatchObject({
      status,
      orderId: mother.ORDER_ID,
      updatedAt: events.at(-1)?.at,
      placedAt: mother.NOON,
    });
  });

  it('refuses a stream that jumps', () => {
    expect(() => fold([mother.placed, mother.confirmed])).toThrow(expect.objectContaining({ code: 'order-state' }));
    expect(() => evolve(undefined, mother.reserved)).toThrow(expect.objectContaining({ code: 'order-not-found' }));
  });

  it('ends where nothing follows, and rests at confirmed', () => {
    const ends = Object.entries(transitions).filter(([, next]) => next.length === 0);
    expect(ends.map(([status]) => status)).toEqual(['rejected', 'refunded']);
    expect(isFinal(mother.anOrder(...path.confirmed))).toBe(true);
    expect(isFinal(mother.anOrder(...path.shipped))).toBe(true);
    expect(isFinal(mother.anOrder(...path.confirmed, cancelledPaid))).toBe(false);
    expect(isFinal(mother.anOrder(...path['return-requested']))).toBe(false);
    expect(isFinal(mother.anOrder(...path['stock-committed']))).toBe(false);
  });
});
