import { type Money, formatMoney, sameMoney } from './money.js';
import type { OrderLine } from './order.js';
import { OrderError } from './order.errors.js';

/** What order knows of a product, from catalog's events. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  readonly status: 'active' | 'retired';
}

export interface Wish {
  readonly sku: string;
  readonly quantity: number;
}

/** The largest `money` of the contracts, which the domain may not import; a spec in http/ keeps both equal. */
export const MAX_TOTAL = 100_000_000_00;

/** Wishes at today's prices. @throws OrderError for a product that is unknown or no longer sold */
export function priceLines(wishes: readonly Wish[], products: ReadonlyMap<string, Product>): OrderLine[] {
  return wishes.map(({ sku, quantity }) => {
    const product = products.get(sku);
    if (!product) throw new OrderError('unknown-product', `There is no product with sku ${sku}.`);
    if (product.status === 'retired')
      throw new OrderError('product-retired', `${product.name} (${sku}) is no longer sold.`);
    return { sku, name: product.name, quantity, unitPrice: product.price };
  });
}

/** @throws OrderError when the lines cannot be added up to an order */
export function totalOf(lines: readonly OrderLine[], currencyOfNothing = 'EUR'): Money {
  const currency = lines[0]?.unitPrice.currency ?? currencyOfNothing;
  if (lines.some(({ unitPrice }) => unitPrice.currency !== currency)) throw new OrderError('mixed-currencies');
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0);
  if (amount > MAX_TOTAL) throw new OrderError('order-too-large');
  return { amount, currency };
}

/** The customer pays what he saw or is asked again. @throws OrderError price-changed, naming the current total */
export function assertTotal(total: Money, expected: Money): void {
  if (sameMoney(total, expected)) return;
  const now = `${total.amount} ${total.currency}`;
  const detail = `The total is now ${formatMoney(total)}, not ${formatMoney(expected)}. Order again with expectedTotal ${now}.`;
  throw new OrderError('price-changed', detail, [{ path: 'expectedTotal', message: now }]);
}
