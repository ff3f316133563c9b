import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Product, PublicOrder } from '@souk/contracts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { chooseSeed } from '../../tools/chaos/src/history/random.ts';
import { CARD, DECLINED_CARD, Shop } from './support/shop.ts';

const PRICE = 1_250;
const STOCK = 5;
const RUNS = 20;
const COMMANDS = 12;
const seed = chooseSeed();

type Status = 'confirmed' | 'rejected' | 'shipped' | 'refunded';
interface Known {
  readonly id: string;
  readonly key: string;
  readonly quantity: number;
  readonly isPaid: boolean;
  status: Status;
  wasShipped: boolean;
}
/** What a customer may believe of the shop: how much there is, and how the orders stand. */
interface Model {
  available: number;
  readonly orders: Known[];
}
interface Real {
  readonly shop: Shop;
  readonly token: string;
  readonly admin: string;
  readonly ware: Product;
}
type Command = fc.AsyncCommand<Model, Real>;

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.tidyUp());

const wishOf = ({ ware }: Real, { key, quantity, isPaid }: Pick<Known, 'key' | 'quantity' | 'isPaid'>) => ({
  lines: [{ sku: ware.sku, quantity }],
  total: quantity * PRICE,
  card: isPaid ? CARD : DECLINED_CARD,
  key,
});

const place = (quantity: number, isPaid: boolean): Command => ({
  check: () => true,
  async run(model, real) {
    const wish = { key: randomUUID(), quantity, isPaid };
    const isThere = quantity <= model.available;
    const order = await real.shop.placed(real.token, wishOf(real, wish));
    const rejection = isThere ? 'payment-declined' : 'out-of-stock';
    const status = isThere && isPaid ? 'confirmed' : 'rejected';
    expect(order).toMatchObject(status === 'confirmed' ? { status } : { status, rejection });
    if (status === 'confirmed') model.available -= quantity;
    model.orders.push({ ...wish, id: order.orderId, status, wasShipped: false });
  },
  toString: () => `place ${quantity}${isPaid ? '' : ' with a declined card'}`,
});

const wasSentAgain: Command['run'] = async (model, real) => {
  for (const { id, ...wish } of model.orders) {
    const { status, body } = await real.shop.place(real.token, wishOf(real, wish));
    expect([status, body.orderId]).toEqual([202, id]);
  }
};
const repeat: Command = { check: () => true, run: wasSentAgain, toString: () => 'send every order again' };

/** Cancel, ship or return the order at `pick`; sent `times` times, as one who has heard no answer would. */
function act(verb: 'cancel' | 'ship' | 'return', pick: number, times: number): Command {
  const change = (order: Known): Status | undefined => {
    const { status, wasShipped } = order;
    if (verb === 'cancel')
      return status === 'confirmed' || (status === 'refunded' && !wasShipped) ? 'refunded' : undefined;
    if (verb === 'ship') return status === 'confirmed' ? 'shipped' : wasShipped ? status : undefined;
    return wasShipped ? 'refunded' : undefined;
  };
  return {
    check: ({ orders }) => orders.length > 0,
    async run(model, real) {
      const order = model.orders[pick % model.orders.length] as Known;
      const next = change(order);
      const path = verb === 'ship' ? `/api/admin/orders/${order.id}/ship` : `/api/orders/${order.id}/${verb}`;
      const token = verb === 'ship' ? real.admin : real.token;
      for (let time = 0; time < times; time++) {
        await real.shop.api.expect(next === undefined ? [409] : [200, 202], 'POST', path, { token });
      }
      if (next === undefined) return;
      await waitFor(`the order is ${next}`, 15_000, async () => (await read(real, order)).status === next);
      if (next === 'refunded' && order.status !== 'refunded') model.available += order.quantity;
      order.wasShipped ||= verb === 'ship';
      order.status = next;
    },
    toString: () => `${verb} order ${pick} ${times} times`,
  };
}

const read = ({ shop: api, token }: Real, { id }: Known): Promise<PublicOrder> => api.order(token, id);
const look: Command = {
  check: () => true,
  async run(model, real) {
    const found = await Promise.all(model.orders.map((order) => read(real, order)));
    expect(found.map(({ status }) => status)).toEqual(model.orders.map(({ status }) => status));
    const sold = model.orders.filter(({ status }) => status === 'confirmed' || status === 'shipped');
    const committed = sold.reduce((sum, { quantity }) => sum + quantity, 0);
    await real.shop.untilStock({ sku: real.ware.sku, available: model.available, reserved: 0, committed });
  },
  toString: () => 'look at all of it',
};

it(`the shop does as a model of it, whatever a customer does in whatever order (${RUNS} runs, seed ${seed})`, async () => {
  const [admin, pick, times] = [await shop.admin(), fc.nat(5), fc.integer({ min: 1, max: 2 })];
  const commands = fc.commands(
    [
      fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()).map(([quantity, isPaid]) => place(quantity, isPaid)),
      fc.integer({ min: 1, max: 3 }).map((quantity) => place(quantity, true)),
      ...(['cancel', 'ship', 'return'] as const).map((verb) =>
        fc.tuple(pick, times).map(([at, n]) => act(verb, at, n)),
      ),
      fc.constantFrom(repeat, look),
    ],
    { maxCommands: COMMANDS, size: 'max' },
  );
  const property = fc.asyncProperty(commands, async (script) => {
    const real: Real = { shop, admin, token: await shop.newCustomer(), ware: await shop.newProduct(STOCK, PRICE) };
    const model: Model = { available: STOCK, orders: [] };
    await fc.asyncModelRun(() => ({ model, real }), script);
    await look.run(model, real);
  });
  // Shrinking would take minutes; the commands of the failed run are in the error, with the seed.
  await fc.assert(property, { seed, numRuns: RUNS, endOnFailure: true });
}, 180_000);
