import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recordedTrace } from '../../tools/cli/src/shop/place-order.ts';
import { DECLINED_CARD, type OrderWish, Shop } from './support/shop.ts';
import { gaps, type HOPS, type StoredSpan, Traces } from './support/traces.ts';

/** Spans leave every process once a second; several processes and a slow machine share this. */
const ARRIVAL_MS = 15_000;
const PRICE = 1_250;
const ORDERS = 20;

let shop: Shop;
let traces: Traces;
beforeAll(async () => {
  shop = await Shop.open();
  traces = Traces.open();
});
afterAll(() => shop.tidyUp());

interface Placed {
  readonly orderId: string;
  readonly status: string;
  readonly caller: string;
}

/** Traces are sampled, and other tests take their share of the rate: these orders bring the decision along. */
async function placed(token: string, wish: OrderWish): Promise<Placed> {
  const caller = recordedTrace();
  const { orderId, status } = await shop.placed(token, { ...wish, traceparent: caller });
  return { orderId, status, caller };
}

/** The gaps that are left when the last span has had its time. */
async function gapsOf({ orderId, caller }: Placed, outcome: keyof typeof HOPS): Promise<string[]> {
  const until = Date.now() + ARRIVAL_MS;
  for (;;) {
    const found = gaps(await traces.ofOrder(orderId), outcome, caller);
    if (found.length === 0 || Date.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe('the trace of an order', () => {
  const order = async (wish: Partial<OrderWish> = {}, stock = 1) => {
    const { sku } = await shop.newProduct(stock);
    const lines = [{ sku, quantity: 1 }];
    return placed(await shop.newCustomer(), { lines, total: PRICE, ...wish });
  };

  it(`is one and complete, for ${ORDERS} confirmed orders of ${ORDERS}`, async () => {
    const { sku } = await shop.newProduct(ORDERS);
    const token = await shop.newCustomer();
    const wish = { lines: [{ sku, quantity: 1 }], total: PRICE };
    const orders = await Promise.all(Array.from({ length: ORDERS }, () => placed(token, wish)));
    expect(orders.map(({ status }) => status)).toEqual(orders.map(() => 'confirmed'));
    const found = await Promise.all(orders.map((order) => gapsOf(order, 'confirmed')));
    expect(found).toEqual(orders.map(() => []));
  }, 60_000);

  it('is nowhere when the caller says that it is not sampled', async () => {
    const { sku } = await shop.newProduct(2);
    const token = await shop.newCustomer();
    const wish = { lines: [{ sku, quantity: 1 }], total: PRICE };
    const traceparent = recordedTrace().replace(/01$/, '00');
    const { orderId } = await shop.placed(token, { ...wish, traceparent });
    expect(await gapsOf(await placed(token, wish), 'confirmed')).toEqual([]);
    expect(await traces.ofOrder(orderId)).toEqual([]);
  });

  it('is complete when the payment is declined', async () => {
    const declined = await order({ card: DECLINED_CARD });
    expect([declined.status, await gapsOf(declined, 'payment-declined')]).toEqual(['rejected', []]);
  });

  it('is complete when the stock is short', async () => {
    const short = await order({}, 0);
    expect([short.status, await gapsOf(short, 'out-of-stock')]).toEqual(['rejected', []]);
  });
});

describe('gaps', () => {
  const span = (name: string, spanId: string, parentSpanId: string | null, service = 'order'): StoredSpan => ({
    traceId: 't',
    spanId,
    parentSpanId,
    name,
    service,
    attributes: {},
  });

  it('sees a missing hop, a missing parent, a second root, a second trace and a span that names no order', () => {
    const found = gaps(
      [
        span('POST /api/orders', '1', null, 'gateway'),
        span('commit order', '2', '9'),
        { ...span('POST /orders', '3', null), traceId: 'u' },
        span('send order.events.v1', '4', '1'),
        span('GET /api/orders', '5', 'c', 'gateway'),
      ],
      'out-of-stock',
      '00-t-c-01',
    );
    expect(found).toContain('2 traces');
    expect(found).toContain('3 roots: POST /api/orders, POST /orders, GET /api/orders');
    expect(found).toContain('order commit order: its parent is not there');
    expect(found).toContain('inventory process inventory.commands.v1: 0 of 1');
    expect(found).toContain('order send order.events.v1: does not say whose it is');
  });
});
