import { type ProductState, type PublicOrder, topics } from '@souk/contracts';
import { aProduct } from './market.mother.js';
import type { Told } from './test-broker.js';

const digits = (number: number): string => String(number).padStart(12, '0');
const NOON = '2026-03-02T12:00:00.000Z';
const PRICE = { amount: 1_000, currency: 'EUR' };

export const orderIdOf = (number: number): string => `0195ab00-0000-7000-8000-${digits(number)}`;

const aState = (number: number, change: Partial<ProductState>): ProductState => {
  const { active, ...product } = aProduct(number);
  const state = {
    ...product,
    description: '',
    status: active ? ('active' as const) : ('retired' as const),
    version: 1,
    updatedAt: NOON,
  };
  return { ...state, price: PRICE, ...change };
};

export const productTold = (number: number, change: Partial<ProductState> = {}): Told => {
  const data = aState(number, change);
  return {
    topic: topics.catalogProducts,
    type: 'product.updated.v1',
    key: data.productId,
    version: data.version,
    data,
  };
};

export const stockTold = (number: number, available: number, version: number): Told => {
  const sku = aProduct(number).sku;
  return { topic: topics.inventoryStock, type: 'stock.level-changed.v1', key: sku, version, data: { sku, available } };
};

export interface OrderTold {
  readonly userId?: string;
  readonly type?: 'placed' | 'confirmed' | 'shipped' | 'return-requested' | 'cancelled' | 'refunded' | 'rejected';
  readonly version?: number;
}

const VERSIONS = {
  placed: 1,
  rejected: 3,
  confirmed: 6,
  cancelled: 7,
  shipped: 7,
  'return-requested': 8,
  refunded: 10,
};

/** Order `number` of the products with these numbers. */
export function orderTold(
  number: number,
  items: readonly number[],
  { userId = 'ann', type = 'confirmed', version }: OrderTold = {},
): Told {
  const data: PublicOrder = {
    orderId: orderIdOf(number),
    userId,
    status: type,
    version: version ?? VERSIONS[type],
    lines: items.map((item) => ({ sku: aProduct(item).sku, name: aProduct(item).name, quantity: 2, unitPrice: PRICE })),
    total: { amount: items.length * 2_000, currency: 'EUR' },
    address: { name: 'Ann', street: '1 Market Lane', city: 'Utrecht', postalCode: '3511 AB', country: 'NL' },
    placedAt: NOON,
    updatedAt: NOON,
  };
  return { topic: topics.orderEvents, type: `order.${type}.v1`, key: data.orderId, version: data.version, data };
}

export const viewTold = (
  number: number,
  userId: string,
  id: number,
  type: 'customer' | 'visitor' = 'customer',
): Told => ({
  topic: topics.activity,
  type: 'product.viewed.v1',
  key: userId,
  data: { activityId: orderIdOf(id), actor: { type, id: userId }, at: NOON, productId: aProduct(number).productId },
});

export const cartTold = (number: number, userId: string, id: number): Told => ({
  topic: topics.activity,
  type: 'cart.item-added.v1',
  key: userId,
  data: {
    activityId: orderIdOf(id),
    actor: { type: 'customer', id: userId },
    at: NOON,
    sku: aProduct(number).sku,
    quantity: 1,
  },
});
