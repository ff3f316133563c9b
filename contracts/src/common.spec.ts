import { describe, expect, it } from '@jest/globals';
import { createProduct } from './catalog/http.js';
import { receiveStock } from './inventory/http.js';
import { placeOrder } from './order/http.js';

const money = { amount: 100, currency: 'EUR' };
const address = { name: 'A', street: 'S', city: 'C', postalCode: 'P', country: 'DE' };
const order = {
  lines: [{ sku: 'ABC', quantity: 1 }],
  expectedTotal: money,
  address,
  paymentMethod: { type: 'card', token: 'tok_visa' },
};
const product = { sku: 'ABC', name: 'Tea ☕', category: 'Kitchen', price: money };

describe.each([
  ['U+0000', 'a\u0000b'],
  ['a lone surrogate', 'a\ud800b'],
])('text with %s, which no store of ours can hold', (_what, bad) => {
  it.each([
    ['the name of a product', createProduct, product, { ...product, name: bad }],
    ['the description of a product', createProduct, product, { ...product, description: bad }],
    ['the category of a product', createProduct, product, { ...product, category: bad }],
    ['an address', placeOrder, order, { ...order, address: { ...address, name: bad } }],
    ['a payment token', placeOrder, order, { ...order, paymentMethod: { type: 'card', token: bad } }],
    [
      'a receipt id',
      receiveStock,
      { receiptId: 'r', lines: [{ sku: 'ABC', quantity: 1 }] },
      { receiptId: bad, lines: [{ sku: 'ABC', quantity: 1 }] },
    ],
  ])('is refused in %s', (_where, schema, good, broken) => {
    expect(schema.safeParse(good).success).toBe(true);
    expect(schema.safeParse(broken).success).toBe(false);
  });
});
