import { describe, expect, it } from '@jest/globals';
import { EUR } from '../test/order.mother.js';
import { assertVersion, emptyCart, withItem, withLines } from './cart.js';
import { assertTotal, priceLines, type Product, totalOf } from './pricing.js';

const limits = { maxLines: 2, maxQuantity: 10 };
const cup = { sku: 'CUP', quantity: 3 };
const coded = (code: string) => expect.objectContaining({ code });

describe('a cart', () => {
  it('counts its changes and adds up what is added twice', () => {
    const once = withItem(emptyCart, cup, limits);
    expect(withItem(once, cup, limits)).toEqual({ version: 2, lines: [{ sku: 'CUP', quantity: 6 }] });
  });

  it('is replaced as a whole, and keeps counting when it is emptied', () => {
    const full = withLines({ version: 4, lines: [cup] }, [{ sku: 'TEAPOT', quantity: 1 }], limits);
    expect(full).toEqual({ version: 5, lines: [{ sku: 'TEAPOT', quantity: 1 }] });
    expect(withLines(full, [], limits)).toEqual({ version: 6, lines: [] });
  });

  it('has limits', () => {
    expect(() => withItem({ version: 1, lines: [{ sku: 'CUP', quantity: 8 }] }, cup, limits)).toThrow(
      coded('cart-full'),
    );
    const three = ['A', 'B', 'C'].map((sku) => ({ sku, quantity: 1 }));
    expect(() => withLines(emptyCart, three, limits)).toThrow(coded('cart-full'));
  });

  it('is not changed by somebody who has not seen it', () => {
    expect(() => assertVersion({ version: 3, lines: [] }, 2)).toThrow(coded('cart-version'));
  });
});

describe('pricing', () => {
  const product = (sku: string, amount: number, status: Product['status'] = 'active'): [string, Product] => [
    sku,
    { sku, name: `A ${sku}`, price: EUR(amount), status },
  ];
  const products = new Map([product('CUP', 499), product('OLD', 1, 'retired')]);

  it('takes name and price from the copy of the catalog', () => {
    const lines = priceLines([cup], products);
    expect(lines).toEqual([{ sku: 'CUP', name: 'A CUP', quantity: 3, unitPrice: EUR(499) }]);
    expect(totalOf(lines)).toEqual(EUR(1_497));
  });

  it('refuses what is not for sale', () => {
    expect(() => priceLines([{ sku: 'NONE', quantity: 1 }], products)).toThrow(coded('unknown-product'));
    expect(() => priceLines([{ sku: 'OLD', quantity: 1 }], products)).toThrow(coded('product-retired'));
  });

  it('adds up one currency only, within reason', () => {
    const line = (amount: number, currency: string) => ({
      sku: 'X',
      name: 'X',
      quantity: 1_000,
      unitPrice: { amount, currency },
    });
    expect(() => totalOf([line(1, 'EUR'), line(1, 'USD')])).toThrow(coded('mixed-currencies'));
    expect(() => totalOf([line(100_000_000, 'EUR')])).toThrow(coded('order-too-large'));
  });

  it('asks again when the total has changed, naming the new one', () => {
    expect(() => assertTotal(EUR(1_100), EUR(1_100))).not.toThrow();
    const refusal = { code: 'price-changed', errors: [{ path: 'expectedTotal', message: '1100 EUR' }] };
    expect(() => assertTotal(EUR(1_100), EUR(1_000))).toThrow(expect.objectContaining(refusal));
  });
});
