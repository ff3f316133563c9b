import { z } from 'zod';
import { sku, uuid } from '../common.js';
import type { Parameter } from './operation.js';

/** A product of the seed, so that the reference can be tried as it stands. */
const SEEDED_PRODUCT = '019b8d63-64e0-79e3-8779-b97f4a7c150c';

/** What is no id is answered like an unknown one, hence any text. */
export const productId: Parameter = {
  schema: z.string(),
  description: 'id of the product (UUID)',
  example: SEEDED_PRODUCT,
};

export const orderId: Parameter = { schema: z.string(), description: 'id of the order (UUID)' };

export const skuParameter: Parameter = {
  schema: z.string(),
  description: sku.description ?? 'the stock-keeping unit',
  example: 'KIT-FRENCHPRESS-1L',
};

export const idempotencyKey: Parameter = {
  schema: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  description:
    'a new one for every new wish; a repeat with the same key and body changes nothing and has the same answer',
  example: 'try-1',
};

export const ifNoneMatch: Parameter = {
  schema: z.string().optional(),
  description: 'the ETag last seen; 304 when nothing has changed',
};

export const paymentId: Parameter = { schema: uuid, description: 'id of the payment' };

export const throttledCaller: Parameter = {
  schema: z.string(),
  description: 'who is shut out, as `GET /api/admin/throttle` names them',
  example: 'user:mallory',
};
