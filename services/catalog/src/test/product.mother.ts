import { create, retire } from '../domain/product.js';
import type { NewProduct, Product } from '../domain/product.js';

export const MONDAY = new Date('2026-03-02T09:00:00.000Z');
export const TUESDAY = new Date('2026-03-03T10:30:00.000Z');
export const FRENCH_PRESS_ID = '019537a0-0000-7000-8000-000000000001';

export const aNewProduct = (change: Partial<NewProduct> = {}): NewProduct => ({
  productId: FRENCH_PRESS_ID,
  sku: 'KIT-FRENCHPRESS-1L',
  name: 'French press, 1 litre',
  description: 'Heat-proof glass in a steel frame.',
  category: 'Kitchen',
  price: { amount: 3490, currency: 'EUR' },
  ...change,
});

export const aProduct = (change: Partial<NewProduct> = {}): Product => create(aNewProduct(change), MONDAY).product;

export const aRetiredProduct = (): Product => retire(aProduct(), MONDAY).product;
