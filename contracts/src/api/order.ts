import { z } from 'zod';
import {
  addCartItem,
  cart,
  getOrderQuery,
  order,
  orderAccepted,
  orderHistory,
  orderHistoryQuery,
  placeOrder,
  putCart,
} from '../order/http.js';
import { breakerOperations } from './breakers.js';
import { deadLetterOperations } from './dead-letters.js';
import type { Operation, ServiceApi } from './operation.js';
import { idempotencyKey, ifNoneMatch, orderId } from './parameters.js';
import { sagaOperations } from './sagas.js';

const pricing = ['unknown-product', 'product-retired', 'mixed-currencies', 'order-too-large'] as const;

const carts: readonly Operation[] = [
  {
    id: 'getCart',
    method: 'get',
    path: '/cart',
    public: '/api/cart',
    access: 'user',
    tag: 'Cart',
    summary: 'Your cart, priced',
    answers: { 200: { description: 'The cart; version 0 when there was none yet', schema: cart } },
  },
  {
    id: 'replaceCart',
    method: 'put',
    path: '/cart',
    public: '/api/cart',
    access: 'user',
    tag: 'Cart',
    summary: 'Replace the whole cart',
    description: '`version` is the one last seen, so that two windows do not overwrite each other.',
    body: putCart,
    answers: { 200: { description: 'The cart as it is now', schema: cart } },
    problems: [...pricing, 'cart-version', 'cart-full'],
  },
  {
    id: 'addCartItem',
    method: 'post',
    path: '/cart/items',
    public: '/api/cart/items',
    access: 'user',
    tag: 'Cart',
    summary: 'Add to the line of a sku',
    body: addCartItem,
    answers: { 200: { description: 'The cart as it is now', schema: cart } },
    problems: [...pricing, 'cart-version', 'cart-full'],
  },
  {
    id: 'clearCart',
    method: 'delete',
    path: '/cart',
    public: '/api/cart',
    access: 'user',
    tag: 'Cart',
    summary: 'Empty the cart',
    answers: { 204: { description: 'Empty' } },
    problems: ['cart-version'],
  },
];

const orders: readonly Operation[] = [
  {
    id: 'placeOrder',
    method: 'post',
    path: '/orders',
    public: '/api/orders',
    access: 'user',
    tag: 'Orders',
    summary: 'Place an order',
    description:
      'Accepted at once, decided soon: follow `links.self` with `?wait=5s`. `expectedTotal` is what the customer saw; ' +
      'another price now is refused, not charged. A rejection (out of stock, payment declined) is a state of the order, not a problem.',
    headers: { 'Idempotency-Key': idempotencyKey },
    body: placeOrder,
    answers: { 202: { description: 'Accepted', schema: orderAccepted, headers: ['Location'] } },
    problems: [
      ...pricing,
      'idempotency-key-missing',
      'idempotency-key-invalid',
      'idempotency-key-reused',
      'idempotency-key-in-flight',
      'price-changed',
      'cart-empty',
      'cart-version',
    ],
  },
  {
    id: 'getOrder',
    method: 'get',
    path: '/orders/{id}',
    public: '/api/orders/{id}',
    access: 'user',
    tag: 'Orders',
    summary: 'One order',
    params: { id: orderId },
    query: getOrderQuery,
    queryHelp: { wait: 'long poll: answer when the state is final, or after this time; at most 30s' },
    headers: { 'If-None-Match': ifNoneMatch },
    answers: {
      200: { description: 'The order as it is now', schema: order, headers: ['ETag'] },
      304: { description: 'Nothing has changed', headers: ['ETag'] },
    },
    problems: ['order-not-found'],
  },
  {
    id: 'cancelOrder',
    method: 'post',
    path: '/orders/{id}/cancel',
    public: '/api/orders/{id}/cancel',
    access: 'user',
    tag: 'Orders',
    summary: 'Cancel an order',
    description:
      'Money and stock come back by themselves; `outstanding` says what is still on its way. A repeat changes nothing.',
    params: { id: orderId },
    answers: { 202: { description: 'The order, cancelled or about to be', schema: order } },
    problems: ['order-not-found', 'order-not-cancellable', 'order-state'],
  },
  {
    id: 'returnOrder',
    method: 'post',
    path: '/orders/{id}/return',
    public: '/api/orders/{id}/return',
    access: 'user',
    tag: 'Orders',
    summary: 'Send a shipped order back',
    description:
      'The whole order, until `returnUntil`; there are no partial returns. Money and stock come back by themselves; ' +
      '`outstanding` says what is still on its way. A repeat changes nothing.',
    params: { id: orderId },
    answers: { 202: { description: 'The order, with its return requested', schema: order } },
    problems: ['order-not-found', 'order-not-returnable', 'return-window-over', 'order-state'],
  },
  {
    id: 'shipOrder',
    method: 'post',
    path: '/admin/orders/{id}/ship',
    public: '/api/admin/orders/{id}/ship',
    access: 'admin',
    tag: 'Administration',
    summary: 'Record that a confirmed order has left the house',
    description: 'From now on it can be returned, but no longer cancelled. A repeat changes nothing.',
    params: { id: orderId },
    answers: { 202: { description: 'The order, shipped', schema: order } },
    problems: ['order-not-found', 'order-not-shippable', 'order-state'],
  },
  {
    id: 'getOrderHistory',
    method: 'get',
    path: '/orders/{id}/history',
    public: '/api/orders/{id}/history',
    access: 'user',
    tag: 'Orders',
    summary: 'What happened to an order, oldest first',
    description: 'Each event says who caused it and which request it goes back to.',
    params: { id: orderId },
    query: orderHistoryQuery,
    queryHelp: { at: 'what had happened by then, and the order as it was' },
    answers: { 200: { description: 'Its events', schema: orderHistory } },
    problems: ['order-not-found'],
  },
  {
    id: 'streamOrder',
    method: 'get',
    path: '/orders/{id}/stream',
    public: '/api/orders/{id}/stream',
    access: 'user',
    tag: 'Orders',
    summary: 'Follow an order as server-sent events',
    description: 'One event for each change, its id the version of the order; the stream ends with the final state.',
    params: { id: orderId },
    headers: {
      'Last-Event-ID': { schema: z.string().optional(), description: 'the last version seen; later ones follow' },
    },
    answers: {
      200: {
        description: 'The events; the schema is that of the data of each',
        schema: orderHistory.shape.events.element,
        types: ['text/event-stream'],
      },
    },
    problems: ['order-not-found'],
  },
];

export const orderApi: ServiceApi = {
  title: 'Order',
  description: 'Carts, and orders from placed to confirmed, rejected, cancelled, shipped, returned and refunded.',
  security: 'internal',
  operations: [...carts, ...orders, ...deadLetterOperations, ...sagaOperations, ...breakerOperations],
};
