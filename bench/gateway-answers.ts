import type { Product, Recommendations, StockLevel } from '@souk/contracts';

export const PRODUCT_ID = '0198c5a0-0000-7000-8000-000000000001';
const SKU = 'BENCH-1';
const NOW = '2026-01-01T00:00:00.000Z';
const PRICE = { amount: 1_990, currency: 'EUR' };

const product: Product = {
  productId: PRODUCT_ID,
  sku: SKU,
  name: 'A thing to measure with',
  description: 'd'.repeat(700),
  category: 'tools',
  price: PRICE,
  status: 'active',
  version: 1,
  updatedAt: NOW,
};
const stock: StockLevel = { sku: SKU, available: 7, reserved: 0, committed: 0 };
const suggestions: Recommendations = {
  items: Array.from({ length: 8 }, (_, index) => ({
    productId: PRODUCT_ID.replace(/1$/, String(index + 2)),
    sku: `BENCH-${index + 2}`,
    name: 'Another thing',
    category: 'tools',
    price: PRICE,
    score: 1 / (index + 1),
    reason: { kind: 'popular', count: index, text: 'popular' },
  })),
  asOf: NOW,
};

/** A kilobyte, as answers of services are. */
export const KILOBYTE = JSON.stringify({ items: ['i'.repeat(1_000)] });

/** What the services say, by path; KILOBYTE to everything else. */
export const serviceAnswers: Readonly<Record<string, string>> = {
  [`/products/${PRODUCT_ID}`]: JSON.stringify(product),
  [`/stock/${SKU}`]: JSON.stringify(stock),
  '/recommendations': JSON.stringify(suggestions),
  // Spans go nowhere.
  '/v1/traces': '{}',
};

/** The same three at the gateway, each by itself. */
export const PARTS = [
  `/api/products/${PRODUCT_ID}`,
  `/api/stock/${SKU}`,
  `/api/recommendations?productId=${PRODUCT_ID}&limit=8`,
] as const;
export const PAGE = `/api/pages/product/${PRODUCT_ID}`;
