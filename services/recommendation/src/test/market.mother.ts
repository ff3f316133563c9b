import { BasketIndex, type BasketLimits } from '../domain/basket-index.js';
import type { Market } from '../domain/recommender.js';
import { Assortment, type AssortmentProduct } from '../domain/assortment.js';

const digits = (number: number): string => String(number).padStart(12, '0');

export const aProduct = (number: number, change: Partial<AssortmentProduct> = {}): AssortmentProduct => ({
  productId: `019537a0-0000-7000-8000-${digits(number)}`,
  sku: `SKU-${number}`,
  name: `Product ${number}`,
  category: number % 2 === 0 ? 'Kitchen' : 'Garden',
  price: { amount: 1_000 + number, currency: 'EUR' },
  active: true,
  ...change,
});

/** The number that it was made with. */
export const aProductNumber = ({ sku }: Pick<AssortmentProduct, 'sku'>): number => Number(sku.slice('SKU-'.length));

/** Products 0 to `products` - 1, and one order by a customer of his own for each basket. */
export function marketOf(products: number, baskets: readonly (readonly number[])[], limits?: BasketLimits): Market {
  const assortment = new Assortment();
  for (let number = 0; number < products; number++) assortment.put(aProduct(number));
  const index = new BasketIndex(limits);
  baskets.forEach((items, order) => index.add({ id: order, customer: order, at: order, items }));
  return { assortment, baskets: index };
}
