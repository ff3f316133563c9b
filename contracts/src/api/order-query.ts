import {
  customerSummary,
  dailyReportQuery,
  dailySales,
  listAllOrdersQuery,
  listOrdersQuery,
  orderPage,
  productSales,
  reportQuery,
} from '../order/query-http.js';
import { deadLetterOperations } from './dead-letters.js';
import type { ServiceApi } from './operation.js';

const filters = {
  from: 'placed at or after',
  to: 'placed before',
  sku: 'orders with a line of this sku',
  cursor: '`next` of the page before',
};
const days = { from: 'first day (UTC)', to: 'last day (UTC); without both, the last 30 days' };

export const orderQueryApi: ServiceApi = {
  title: 'Order query',
  description:
    'The read side of orders: lists, history and reports from views that events feed. Every answer says by `asOf` how fresh it is.',
  security: 'internal',
  operations: [
    {
      id: 'listOrders',
      method: 'get',
      path: '/orders',
      public: '/api/orders',
      access: 'user',
      tag: 'Orders',
      summary: 'Your orders, newest first',
      query: listOrdersQuery,
      queryHelp: filters,
      answers: { 200: { description: 'One page of orders', schema: orderPage } },
      problems: ['cursor-invalid'],
    },
    {
      id: 'getMySummary',
      method: 'get',
      path: '/customers/me/summary',
      public: '/api/customers/me/summary',
      access: 'user',
      tag: 'Orders',
      summary: 'Your history in figures',
      answers: { 200: { description: 'Orders, confirmed ones, money spent', schema: customerSummary } },
    },
    {
      id: 'listAllOrders',
      method: 'get',
      path: '/admin/orders',
      public: '/api/admin/orders',
      access: 'admin',
      tag: 'Administration',
      summary: 'Orders of everybody, newest first',
      query: listAllOrdersQuery,
      queryHelp: { ...filters, userId: 'orders of this customer' },
      answers: { 200: { description: 'One page of orders', schema: orderPage } },
      problems: ['cursor-invalid'],
    },
    {
      id: 'reportProductSales',
      method: 'get',
      path: '/admin/reports/products',
      public: '/api/admin/reports/products',
      access: 'admin',
      tag: 'Administration',
      summary: 'Confirmed sales and buyers per product',
      query: reportQuery,
      queryHelp: { ...days, category: 'products of this category' },
      answers: { 200: { description: 'One line a product; no personal data', schema: productSales } },
      problems: ['range-invalid'],
    },
    {
      id: 'reportDailySales',
      method: 'get',
      path: '/admin/reports/days',
      public: '/api/admin/reports/days',
      access: 'admin',
      tag: 'Administration',
      summary: 'Confirmed sales per day',
      query: dailyReportQuery,
      queryHelp: days,
      answers: { 200: { description: 'One line a day', schema: dailySales } },
      problems: ['range-invalid'],
    },
    ...deadLetterOperations,
  ],
};
