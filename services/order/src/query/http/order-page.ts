import type { ListAllOrdersQuery, OrderPage } from '@souk/contracts';
import type { ListQuery, OrderSlice } from '../persistence/order-lists.js';
import type { Age } from '../views/as-of.js';
import { fromCursor, toCursor } from './cursor.js';

export const toListQuery = ({ cursor, ...filters }: ListAllOrdersQuery): ListQuery => ({
  ...filters,
  ...(cursor !== undefined && { after: fromCursor(cursor) }),
});

/** `age` is read before the orders: what comes in between makes the answer better than it says, never worse. */
export const toPage = ({ orders, last }: OrderSlice, age: Age): OrderPage => ({
  items: [...orders],
  ...(last !== undefined && { next: toCursor(last) }),
  ...age,
});
