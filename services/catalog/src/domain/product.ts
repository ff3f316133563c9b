import { CatalogError } from './catalog.errors.js';

/** Integer minor units of the currency (cents for EUR). */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** What an editor may change; the sku is fixed for life and the price has a command of its own. */
export interface ProductDetails {
  readonly name: string;
  readonly description: string;
  readonly category: string;
}

export interface Product extends ProductDetails {
  readonly productId: string;
  readonly sku: string;
  readonly price: Money;
  readonly status: 'active' | 'retired';
  /** 1 at creation, plus one with every change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type ProductFact = 'created' | 'updated' | 'price-changed' | 'retired';

/** The product as it is after a command; without `fact` nothing has changed: the command was a repeat. */
export interface Decision {
  readonly product: Product;
  readonly fact?: ProductFact;
}

export type NewProduct = ProductDetails & Pick<Product, 'productId' | 'sku' | 'price'>;

export const create = (input: NewProduct, now: Date): Required<Decision> => {
  const { productId, sku, name, description, category, price } = input;
  return {
    product: {
      productId,
      sku,
      name,
      description,
      category,
      price: { amount: price.amount, currency: price.currency },
      status: 'active',
      version: 1,
      createdAt: now,
      updatedAt: now,
    },
    fact: 'created',
  };
};

export const update = (product: Product, details: ProductDetails, now: Date): Decision => {
  requireActive(product);
  const { name, description, category } = details;
  if (product.name === name && product.description === description && product.category === category) return { product };
  return changed(product, { name, description, category }, 'updated', now);
};

export const changePrice = (product: Product, price: Money, now: Date): Decision => {
  requireActive(product);
  // Carts and orders add up prices of many products: a product that changed its currency would break their totals.
  if (price.currency !== product.price.currency) throw new CatalogError('currency-fixed');
  if (price.amount === product.price.amount) return { product };
  return changed(product, { price: { amount: price.amount, currency: price.currency } }, 'price-changed', now);
};

export const retire = (product: Product, now: Date): Decision =>
  product.status === 'retired' ? { product } : changed(product, { status: 'retired' }, 'retired', now);

const requireActive = (product: Product): void => {
  if (product.status === 'retired') throw new CatalogError('product-retired');
};

const changed = (product: Product, change: Partial<Product>, fact: ProductFact, now: Date): Decision => ({
  product: { ...product, ...change, version: product.version + 1, updatedAt: now },
  fact,
});
