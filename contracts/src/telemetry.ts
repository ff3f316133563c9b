import { topics } from './topics.js';

/** The span attribute that every part of an order's trace carries: by it the trace of an order is found. */
export const ORDER_ID_ATTRIBUTE = 'souk.order.id';

/** Topic → the span attribute that its key is. */
export const keyAttributes: Readonly<Record<string, string>> = {
  [topics.inventoryCommands.name]: ORDER_ID_ATTRIBUTE,
  [topics.inventoryReservations.name]: ORDER_ID_ATTRIBUTE,
  [topics.orderEvents.name]: ORDER_ID_ATTRIBUTE,
};
