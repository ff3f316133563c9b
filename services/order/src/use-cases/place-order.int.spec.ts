import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configureFailpoints, reportFailpoints } from '@souk/failpoints';
import { withTransaction } from '@souk/outbox';
import { waitFor } from '@souk/testing';
import { v7 as uuidv7 } from 'uuid';
import { withLines } from '../domain/cart.js';
import { Carts } from '../persistence/carts.js';
import { copyProducts } from '../persistence/product-copies.js';
import { aProduct, aRequest, type OrderDatabase, openOrderDatabase } from '../test/order-database.js';
import { EUR } from '../test/order.mother.js';
import { ChangeCart } from './change-cart.js';
import { GetCart } from './get-cart.js';

/** Since its failpoints were configured, an order has got there. */
const beforeItsCommit = () => {
  const hits = () => reportFailpoints().find(({ name }) => name === 'order.before-commit')?.hits ?? 0;
  return waitFor(() => hits() > 0, { what: 'an order before its commit' });
};

let db: OrderDatabase;
let change: ChangeCart;
let carts: Carts;
beforeAll(async () => {
  db = await openOrderDatabase();
  carts = new Carts(db.pool);
  change = new ChangeCart(carts);
});
afterAll(() => db.close());

const limits = { maxLines: 50, maxQuantity: 1_000 };
const coded = (code: string) => expect.objectContaining({ code });
const order = (overrides: Parameters<typeof aRequest>[0] = {}, idempotencyKey = uuidv7(), userId = 'alice') =>
  db.placeOrder.execute({ userId, idempotencyKey, body: aRequest(overrides) });
const fill = (userId: string) =>
  change.execute(userId, ['TEAPOT'], (cart) => withLines(cart, [{ sku: 'TEAPOT', quantity: 1 }], limits));
const ordersOf = async (userId: string) => (await db.rows('select from orders where user_id = $1', userId)).length;

describe('an idempotency key', () => {
  it('makes one order of 50 concurrent requests, and answers all of them alike', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => order({}, 'one-key', 'racer')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await order({}, 'one-key', 'racer')).toEqual(answers[0]);
    expect(await ordersOf('racer')).toBe(1);
  });

  it('refuses another body, and belongs to its user', async () => {
    const first = await order({}, 'a-key', 'ann');
    await expect(order({ lines: [{ sku: 'CUP', quantity: 1 }] }, 'a-key', 'ann')).rejects.toEqual(
      coded('idempotency-key-reused'),
    );
    expect((await order({}, 'a-key', 'ben')).body.orderId).not.toBe(first.body.orderId);
  });

  it('does not keep a refusal', async () => {
    await expect(order({ expectedTotal: EUR(1) }, 'b-key')).rejects.toEqual(coded('price-changed'));
    expect((await order({}, 'b-key')).status).toBe(202);
  });
});

describe('the cart', () => {
  it('becomes one order however many requests race, and is empty afterwards', async () => {
    const { version } = await fill('carter');
    const wish = { lines: undefined, cartVersion: version };
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => order(wish, uuidv7(), 'carter')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toEqual(coded('cart-version'));
    expect(await new GetCart(carts).execute('carter')).toEqual({ version: version + 1, lines: [], total: EUR(0) });
    expect(await ordersOf('carter')).toBe(1);
  });

  it('is answered from the key when the same request comes again after it was emptied', async () => {
    const { version } = await fill('again');
    const first = await order({ lines: undefined, cartVersion: version }, 'cart-key', 'again');
    expect(await order({ lines: undefined, cartVersion: version }, 'cart-key', 'again')).toEqual(first);
  });

  it('must be the one the customer saw, and must not be empty', async () => {
    const { version } = await fill('stale');
    await expect(order({ lines: undefined, cartVersion: version + 1 }, uuidv7(), 'stale')).rejects.toEqual(
      coded('cart-version'),
    );
    const empty = await change.execute('stale', [], (cart) => withLines(cart, [], limits));
    const wish = { lines: undefined, cartVersion: empty.version };
    await expect(order(wish, uuidv7(), 'stale')).rejects.toEqual(coded('cart-empty'));
  });

  it('keeps an item that is added while the cart is being ordered', async () => {
    const { version } = await fill('adder');
    configureFailpoints('order.before-commit=sleep:1000');
    const ordering = order({ lines: undefined, cartVersion: version }, uuidv7(), 'adder').catch(() => undefined);
    await beforeItsCommit();
    await change.execute('adder', ['CUP'], (cart) =>
      withLines(cart, [...cart.lines, { sku: 'CUP', quantity: 1 }], limits),
    );
    await ordering;
    configureFailpoints('');
    const { lines } = await new GetCart(carts).execute('adder');
    expect(lines).toContainEqual(expect.objectContaining({ sku: 'CUP', quantity: 1 }));
  });

  it('loses no item that is added concurrently', async () => {
    const add = () =>
      change.execute('busy', ['CUP'], (cart) => withLines(cart, [...cart.lines, { sku: 'CUP', quantity: 1 }], limits));
    await Promise.all([add(), add(), add()]);
    expect(await new GetCart(carts).execute('busy')).toMatchObject({
      version: 3,
      lines: [{ sku: 'CUP', quantity: 3 }],
    });
  });
});

describe('products', () => {
  it('are refused when nobody knows them', async () => {
    await expect(order({ lines: [{ sku: 'NOTHING', quantity: 1 }] })).rejects.toEqual(coded('unknown-product'));
  });

  it('follow the newest event, whatever order they come in', async () => {
    const copy = (...versions: number[]) =>
      withTransaction(db.pool, (tx) =>
        copyProducts(
          tx,
          versions.map((version) => aProduct('LAMP', version, 1_000 + version)),
        ),
      );
    await copy(2, 3, 1);
    await copy(1);
    expect(await db.rows('select price_amount, version from products where sku = $1', 'LAMP')).toEqual([
      { price_amount: 1_003, version: 3 },
    ]);
  });

  it('refuses a cart that changed between being read and being ordered: nothing is bought twice', async () => {
    const cart = await fill('hasty');
    configureFailpoints('order.before-commit=sleep:1000');
    const ordered = order({ lines: undefined, cartVersion: cart.version }, uuidv7(), 'hasty').catch(
      (error: unknown) => error,
    );
    await beforeItsCommit();
    await change.execute('hasty', ['CUP'], (now) =>
      withLines(now, [...now.lines, { sku: 'CUP', quantity: 1 }], limits),
    );
    expect(await ordered).toEqual(coded('cart-version'));
    configureFailpoints('');
    expect(await ordersOf('hasty')).toBe(0);
    expect((await new GetCart(carts).execute('hasty')).lines).toHaveLength(2);
  });
});
