import { topics } from '@souk/contracts';
import { messageId } from '@souk/outbox';
import { encodePending } from '@souk/mongo';
import type { PendingEvent } from '@souk/mongo';
import type { Decision, ProductFact } from '../domain/product.js';
import { toProductState } from '../views/product-state.js';

const types = {
  created: 'product.created.v1',
  updated: 'product.updated.v1',
  'price-changed': 'product.price-changed.v1',
  retired: 'product.retired.v1',
} as const satisfies Record<ProductFact, keyof typeof topics.catalogProducts.messages>;

/** The contract event of what has happened to a product, in the form in which it waits inside the product's document. */
export const toPendingEvents = ({ product, fact }: Required<Decision>): PendingEvent[] =>
  encodePending('/souk/catalog', [
    {
      topic: topics.catalogProducts,
      key: product.productId,
      type: types[fact],
      data: toProductState(product),
      id: messageId(product.productId, product.version, types[fact]),
      aggregateVersion: product.version,
      time: product.updatedAt,
    },
  ]);
